/** What a run does whose provider fails in it. The provider is a stub: see stubProvider.cjs. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';

import type { IdentifyParams, RunProgress } from '../../src/protocol/engine';
import { startEngine } from '../../src/store/engineProcess';
import { openRun } from '../../src/store/runDirectory';
import { userCache } from '../../src/store/userCache';
import { enginePath, regionHashes, SAMPLE, withTemporaryFolder } from './engineRuns';

type Fault = 'nothing' | 'missing' | 'abort' | 'lost' | 'memory';

/** The backward pass of the sample's four layers has two behind it. */
const WHEN = 'backward-002.safetensors';

interface Seen {
  readonly runDir: string | undefined;
  readonly error: unknown;
  readonly progress: readonly RunProgress[];
  readonly warnings: readonly string[];
}

async function identify(
  folder: string,
  fault: Fault,
  params: IdentifyParams,
  watch: { readonly signal?: AbortSignal; readonly onProgress?: (event: RunProgress) => void } = {},
): Promise<Seen> {
  const { signal, onProgress } = watch;
  const stub = path.join(import.meta.dirname, 'stubProvider.cjs');
  const env = {
    NODE_OPTIONS: `--require "${stub}"`,
    XDG_CACHE_HOME: path.join(folder, 'cache'),
    STUB_FAULT: fault,
    STUB_RUNS: folder,
    STUB_WHEN: WHEN,
  };
  const engine = startEngine({ enginePath, env });
  const progress: RunProgress[] = [];
  const warnings: string[] = [];
  const started: string[] = [];
  engine.client.onEvent('progress', (event) => {
    progress.push(event);
    onProgress?.(event);
  });
  engine.client.onEvent('log', ({ level, message }) => level === 'warn' && warnings.push(message));
  engine.client.onEvent('runStarted', ({ runDir }) => started.push(runDir));
  try {
    const error = await engine.client
      .call('identify', { outDir: folder, ...params }, { ...(signal && { signal }) })
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    // However often it changes the provider, to who follows it it is one run.
    expect(started.length).toBeLessThan(2);
    return { runDir: started[0], error, progress, warnings };
  } finally {
    await engine.stop();
  }
}

const eventsOf = async (runDir: string): Promise<Record<string, unknown>[]> =>
  (await readFile(path.join(runDir, 'events.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const providersOf = async (runDir: string): Promise<unknown[]> =>
  (await eventsOf(runDir)).filter(({ event }) => event === 'started').map(({ provider }) => provider);

const webgpuRun: IdentifyParams = { experimentPath: SAMPLE, provider: 'webgpu' };

it.each([
  ['its process aborts', 'abort', /webgpu failed in the run: its process ended with signal SIGABRT/],
  ['the driver is reset', 'lost', /webgpu failed in the run: .*Device is lost/],
  ['the device is out of memory', 'memory', /webgpu failed in the run: .*Failed to allocate memory/],
] as const)(
  'a run goes on after its last whole layer on the CPU when %s',
  { timeout: 120_000 },
  async (_, fault, warning) => {
    await withTemporaryFolder(async (folder) => {
      const { runDir, error, progress, warnings } = await identify(folder, fault, webgpuRun);
      expect(error).toBeNull();
      expect(warnings).toEqual([expect.stringMatching(warning)]);
      expect(await providersOf(runDir!)).toEqual(['webgpu', 'cpu']);
      const stops = (await eventsOf(runDir!)).filter(({ event }) => event === 'stopped');
      expect(stops).toHaveLength(1);

      const run = await openRun(runDir!);
      expect(await run.state()).toBe('done');
      await run.verify();
      const { warnings: told, resumed } = await run.summary();
      expect(told).toContain(
        'Computed on webgpu, then on cpu: scores of one are those of the other but for rounding.',
      );
      expect(resumed).toBe(1);

      // Layers 3 and 2 were whole: no layer's forward pass, and neither of theirs backward, is done again.
      const layers = progress.filter(({ phase }) => phase === 'backward').map(({ layer }) => layer);
      const turns = layers.flatMap((layer, i) => (layer === layers[i - 1] ? [] : [layer]));
      expect(turns.filter((layer) => layer === 3)).toHaveLength(1);
      expect(turns.at(-1)).toBe(0);
      const forward = progress.filter(({ phase }) => phase === 'forward').map(({ layer }) => layer);
      expect(forward).toEqual([...forward].sort((a, b) => a! - b!));
    });
  },
);

it(
  'a provider that took its process down is named as such until it is tried again',
  { timeout: 120_000 },
  async () => {
    await withTemporaryFolder(async (folder) => {
      await identify(folder, 'abort', webgpuRun);
      const cache = path.join(userCache({ XDG_CACHE_HOME: path.join(folder, 'cache') }), 'providers.json');
      expect(JSON.parse(await readFile(cache, 'utf8'))).toContainEqual(
        expect.objectContaining({
          name: 'webgpu',
          usable: false,
          detail: 'took its process down in a run: signal SIGABRT',
        }),
      );
      // Who names it, has it tried.
      const { error, runDir } = await identify(folder, 'nothing', webgpuRun);
      expect(error).toBeNull();
      expect(await providersOf(runDir!)).toEqual(['webgpu']);
    });
  },
);

it.each(['abort', 'memory'] as const)(
  'a run stops with a clear error (%s) where it is to, and goes on to the same regions',
  { timeout: 120_000 },
  async (fault) => {
    await withTemporaryFolder(async (folder) => {
      const stopping: IdentifyParams = { ...webgpuRun, onProviderFailure: 'stop' };
      const { runDir, error, warnings } = await identify(folder, fault, stopping);
      expect(error).toMatchObject({
        kind: 'engine',
        code: 'provider-failed',
        message: expect.stringMatching(/^webgpu failed in the run: /) as unknown,
        mend: expect.stringContaining('resume the run') as unknown,
      });
      expect(warnings).toEqual([]);
      const run = await openRun(runDir!);
      expect(run.manifest.experiment.engine.onProviderFailure).toBe('stop');
      expect(await run.state()).toBe('interrupted');

      const resumed = await identify(folder, 'nothing', { resumeDir: runDir! });
      expect(resumed.error).toBeNull();
      expect(await providersOf(runDir!)).toEqual(['webgpu', 'webgpu']);
      const whole = await identify(folder, 'nothing', webgpuRun);
      expect(await regionHashes(runDir!)).toEqual(await regionHashes(whole.runDir!));
    });
  },
);

it(
  'a run whose provider is gone when it is resumed goes on with another, or not, as was set',
  { timeout: 120_000 },
  async () => {
    await withTemporaryFolder(async (folder) => {
      const { runDir } = await identify(folder, 'abort', { ...webgpuRun, onProviderFailure: 'stop' });
      const stopped = await identify(folder, 'missing', { resumeDir: runDir! });
      expect(stopped.error).toMatchObject({ kind: 'usage', code: 'provider-unavailable' });
      expect(await (await openRun(runDir!)).state()).toBe('interrupted');
      const going: IdentifyParams = { resumeDir: runDir!, onProviderFailure: 'next' };
      const { error, warnings } = await identify(folder, 'missing', going);
      expect(error).toBeNull();
      expect(warnings).toEqual([expect.stringContaining("The provider 'webgpu' does not work here: ")]);
      expect(await providersOf(runDir!)).toEqual(['webgpu', 'cpu']);
    });
  },
);

it('a run in a process of its own is cancelled as any other', { timeout: 120_000 }, async () => {
  await withTemporaryFolder(async (folder) => {
    const controller = new AbortController();
    const onProgress = ({ phase }: RunProgress): void => {
      if (phase === 'backward') controller.abort();
    };
    const { signal } = controller;
    const { runDir, error } = await identify(folder, 'nothing', webgpuRun, { signal, onProgress });
    expect(error).toMatchObject({ kind: 'cancelled' });
    expect(await (await openRun(runDir!)).state()).toBe('interrupted');
    expect(await providersOf(runDir!)).toEqual(['webgpu']);
    const { error: none } = await identify(folder, 'nothing', { resumeDir: runDir! });
    expect(none).toBeNull();
  });
});
