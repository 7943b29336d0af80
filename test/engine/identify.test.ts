import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { unitsOf } from '../../src/core/masks/bitset';
import { topCount } from '../../src/core/selection/fraction';
import { ToolError } from '../../src/protocol/errors';
import { openRun } from '../../src/store/runDirectory';
import { readRunProgress } from '../../src/store/runProgress';
import { openSafetensors } from '../../src/store/safetensorsFile';
import {
  SAMPLE,
  identify,
  regionHashes,
  sampleVariant,
  startRun,
  startTestEngine,
  withTemporaryFolder,
} from './engineRuns';

const MODEL = path.resolve(path.dirname(SAMPLE), '../random-tiny');

async function readScores(
  runDir: string,
  method: string,
  dataset: string,
): Promise<Map<string, Float32Array>> {
  const folder = path.join(runDir, 'scores', method, dataset);
  const scores = new Map<string, Float32Array>();
  for (const name of (await readdir(folder)).sort()) {
    const file = await openSafetensors(path.join(folder, name));
    for (const [tensor, { begin, end }] of file.tensors) {
      const data = new Float32Array((end - begin) / 4);
      await file.readBytes(tensor, new Uint8Array(data.buffer));
      scores.set(tensor, data);
    }
    await file.close();
  }
  return scores;
}

async function copyOfModel(folder: string): Promise<string> {
  const model = path.join(folder, 'model');
  await cp(MODEL, model, { recursive: true });
  return model;
}

/** One of two float32 values, past the others. */
async function addTensor(file: string, name: string): Promise<void> {
  const bytes = await readFile(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, unknown>;
  const data = bytes.subarray(8 + headerBytes);
  const all = {
    ...header,
    [name]: { dtype: 'F32', shape: [2], data_offsets: [data.length, data.length + 8] },
  };
  const text = JSON.stringify(all);
  const longer = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(longer.length));
  await writeFile(file, Buffer.concat([length, longer, data, Buffer.alloc(8)]));
}

async function readRegion(runDir: string, method: string, dataset: string) {
  const file = await openSafetensors(path.join(runDir, 'regions', method, `${dataset}.safetensors`));
  const shapes = JSON.parse(file.metadata.get('shapes') ?? '{}') as Record<string, [number, number]>;
  const units = new Map<string, number[]>();
  for (const [name, { begin, end }] of file.tensors) {
    const bits = new Uint8Array(end - begin);
    await file.readBytes(name, bits);
    units.set(name, unitsOf(bits));
  }
  await file.close();
  return { shapes, units };
}

/** Independent of the product's selection: a stable sort, descending. */
function topBySorting(scores: Float32Array, k: number): number[] {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  return order.slice(0, k).sort((a, b) => a - b);
}

describe('a run of the sample experiment', () => {
  it.each(['row', 'matrix', 'model'] as const)(
    'selects the top of its own scores by %s',
    { timeout: 120_000 },
    async (scope) => {
      await withTemporaryFolder(async (folder) => {
        const q = 0.07;
        const experimentPath = await sampleVariant(folder, {
          methods: [
            { method: 'snip', topFraction: q, scope, utilityTopFraction: 0.03 },
            { method: 'wanda', topFraction: q, scope, utilityTopFraction: 0.03 },
          ],
        });
        const runDir = await identify({ experimentPath, outDir: folder, keepScores: true });
        for (const method of ['snip', 'wanda']) {
          for (const [dataset, fraction] of [
            ['catqa', q],
            ['self-instruct', 0.03],
          ] as const) {
            const scores = await readScores(runDir, method, dataset);
            const { shapes, units } = await readRegion(runDir, method, dataset);
            expect([...units.keys()].sort()).toEqual([...scores.keys()].sort());
            const names = [...units.keys()];
            if (scope === 'model') {
              const all = Float32Array.from(names.flatMap((name) => [...(scores.get(name) ?? [])]));
              let offset = 0;
              const selected = names.flatMap((name) => {
                const begin = offset;
                offset += scores.get(name)?.length ?? 0;
                return (units.get(name) ?? []).map((unit) => begin + unit);
              });
              expect(selected).toEqual(topBySorting(all, topCount(fraction, all.length)));
              continue;
            }
            for (const name of names) {
              const [rows, cols] = shapes[name] ?? [0, 0];
              const matrix = scores.get(name) ?? new Float32Array();
              const expected =
                scope === 'matrix'
                  ? topBySorting(matrix, topCount(fraction, rows * cols))
                  : Array.from({ length: rows }, (_, row) =>
                      topBySorting(
                        matrix.subarray(row * cols, (row + 1) * cols),
                        topCount(fraction, cols),
                      ).map((col) => row * cols + col),
                    ).flat();
              expect(units.get(name)).toEqual(expected);
            }
          }
        }
      });
    },
  );

  it('gives the same regions in one group of datasets and in several', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const one = await identify({ experimentPath: SAMPLE, outDir: folder });
      const experimentPath = await sampleVariant(folder, { engine: { diskBudgetMiB: 1 } });
      const several = await identify({ experimentPath, outDir: folder });
      const groups = (await openRun(several)).manifest.plan.groups as string[][];
      expect(groups.length).toBeGreaterThan(1);
      expect(await regionHashes(several)).toEqual(await regionHashes(one));
    });
  });

  it('leaves the model as it was and repeats itself (T50)', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const before = await readFile(path.join(MODEL, 'model.safetensors'));
      const first = await identify({ experimentPath: SAMPLE, outDir: folder });
      const second = await identify({ experimentPath: SAMPLE, outDir: folder });
      expect(await regionHashes(second)).toEqual(await regionHashes(first));
      expect((await readFile(path.join(MODEL, 'model.safetensors'))).equals(before)).toBe(true);
    });
  });

  it('gives the same regions on one thread and on two', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const one = await identify({ experimentPath: SAMPLE, outDir: folder, threads: 1 });
      const two = await identify({ experimentPath: SAMPLE, outDir: folder, threads: 2 });
      expect(await regionHashes(two)).toEqual(await regionHashes(one));
    });
  });

  it('takes all, nothing and a single sample as asked', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await sampleVariant(folder, {
        sampling: { count: 1 },
        methods: [
          { method: 'snip', topFraction: 1, scope: 'model', utilityTopFraction: 0 },
          { method: 'wanda', topFraction: 1, scope: 'row', utilityTopFraction: 0 },
        ],
      });
      const runDir = await identify({ experimentPath, outDir: folder });
      const { regions } = await (await openRun(runDir)).summary();
      expect(regions).toHaveLength(10);
      for (const { role, size, universe } of regions) expect(size).toBe(role === 'utility' ? 0 : universe);
    });
  });

  it('is cancelled within a second and can be resumed', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const controller = new AbortController();
      const engine = startTestEngine();
      let runDir = '';
      let abortedAt = 0;
      engine.client.onEvent('runStarted', (event) => (runDir = event.runDir));
      engine.client.onEvent('progress', ({ phase, layer }) => {
        if (phase === 'backward' && layer === 1 && abortedAt === 0) {
          abortedAt = performance.now();
          controller.abort();
        }
      });
      const call = engine.client.call(
        'identify',
        { experimentPath: SAMPLE, outDir: folder },
        { signal: controller.signal },
      );
      await expect(call).rejects.toMatchObject({ kind: 'cancelled' });
      expect(abortedAt).toBeGreaterThan(0);
      await engine.stop();
      expect(await (await openRun(runDir)).state()).toBe('interrupted');
      // What other windows see of it; written twice a second at most, so that it may be a phase behind.
      expect(await readRunProgress(runDir)).toMatchObject({ runDir, layers: expect.any(Number) as number });
      const fractions: number[] = [];
      const again = startRun({ resumeDir: runDir }, ({ fraction }) => fractions.push(fraction));
      const { runDir: resumed } = await again.result;
      await again.engine.stop();
      expect(fractions[0]).toBeGreaterThan(0);
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
      const whole = await identify({ experimentPath: SAMPLE, outDir: folder });
      expect(await regionHashes(resumed)).toEqual(await regionHashes(whole));
      expect((await (await openRun(resumed)).summary()).resumed).toBe(1);
    });
  });

  it('says which stored tensors it has no place for, at its beginning and with its results', async () => {
    await withTemporaryFolder(async (folder) => {
      const model = await copyOfModel(folder);
      const name = 'model.layers.1.self_attn.q_proj.bias';
      await addTensor(path.join(model, 'model.safetensors'), name);
      const experimentPath = await sampleVariant(folder, {
        model,
        methods: [{ method: 'wanda', topFraction: 0.1 }],
      });
      const { engine, result } = startRun({ experimentPath, outDir: folder });
      const warned: string[] = [];
      engine.client.onEvent('log', ({ level, message }) => level === 'warn' && warned.push(message));
      try {
        const { runDir } = await result;
        const about = expect.stringContaining('"model.layers.*.self_attn.q_proj.bias" (1)') as string;
        expect(warned).toContainEqual(about);
        expect((await (await openRun(runDir)).summary()).warnings).toContainEqual(about);
      } finally {
        await engine.stop();
      }
    });
  }, 120_000);

  it('does nothing to a finished run', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const runDir = await identify({ experimentPath: SAMPLE, outDir: folder });
      const before = await readFile(path.join(runDir, 'summary.json'), 'utf8');
      const { engine, result } = startRun({ resumeDir: runDir });
      expect(await result).toEqual({ runDir, wasComplete: true });
      await engine.stop();
      expect(await readFile(path.join(runDir, 'summary.json'), 'utf8')).toBe(before);
    });
  });
});

describe('a model whose embedding of an unused token is NaN', () => {
  it('has the same Wanda regions, and no losses for SNIP', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const model = await copyOfModel(folder);
      await breakTokenZero(path.join(model, 'model.safetensors'));
      const methods = [{ method: 'wanda', topFraction: 0.05, scope: 'row' }];
      const whole = await identify({
        experimentPath: await sampleVariant(folder, { methods }),
        outDir: folder,
      });
      expect((await (await openRun(whole)).summary()).losses).toEqual({});
      const broken = await identify({
        experimentPath: await sampleVariant(folder, { methods, model }),
        outDir: folder,
      });
      expect(await regionHashes(broken)).toEqual(await regionHashes(whole));

      // The head is tied to the embedding: here token 0 is one of the words that a loss sums over.
      const snip = startRun({ experimentPath: await sampleVariant(folder, { model }), outDir: folder });
      await expect(snip.result).rejects.toMatchObject({ kind: 'input', code: 'loss-not-finite' });
      await snip.engine.stop();
      const left = await readdir(path.join(snip.runDir() ?? '', 'work'), { recursive: true });
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    });
  });
});

/** Row 0 of the embedding becomes NaN. */
async function breakTokenZero(weights: string): Promise<void> {
  const file = await openSafetensors(weights);
  const { begin, shape } = file.tensor('model.embed_tokens.weight');
  await file.close();
  const bytes = await readFile(weights);
  bytes.fill(0xff, begin, begin + 2 * (shape[1] ?? 0));
  await writeFile(weights, bytes);
}

describe('what cannot be run', () => {
  const failure = async (change: Record<string, unknown>): Promise<ToolError> =>
    withTemporaryFolder(async (folder) => {
      const experimentPath = await sampleVariant(folder, change);
      const { engine, result } = startRun({ experimentPath, outDir: path.join(folder, 'out') });
      const error: unknown = await result.then(
        () => new Error('It ran.'),
        (thrown: unknown) => thrown,
      );
      await engine.stop();
      if (!(error instanceof ToolError)) throw error;
      return error;
    });

  it('is refused with the missing memory named', async () => {
    const error = await failure({ engine: { memoryBudgetMiB: 64 } });
    expect(error).toMatchObject({ kind: 'input', code: 'memory-over-budget' });
    expect(error.message).toMatch(/allows 64 MiB: \d+ MiB are missing/);
  });

  it('names a model directory that is not there', async () => {
    expect(await failure({ model: 'no/such/model' })).toMatchObject({
      kind: 'input',
      code: 'model-not-found',
    });
  });

  it('says why a provider that was named does not work here', async () => {
    const provider = process.platform === 'win32' ? 'coreml' : 'dml';
    expect(await failure({ engine: { provider } })).toMatchObject({
      kind: 'usage',
      code: 'provider-unavailable',
      message: expect.stringMatching(/not on this system, only on/) as string,
    });
  });

  it('is a changed model on resume', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const model = await copyOfModel(folder);
      const experimentPath = await sampleVariant(folder, { model });
      const run = startRun({ experimentPath, outDir: folder }, ({ phase }, engine) => {
        if (phase === 'backward' && engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      });
      await expect(run.result).rejects.toMatchObject({ code: 'engine-gone' });
      const weights = await readFile(path.join(model, 'model.safetensors'));
      weights[weights.length - 1] = (weights.at(-1) ?? 0) ^ 1;
      await rm(path.join(model, 'model.safetensors'));
      await writeFile(path.join(model, 'model.safetensors'), weights);
      const resumed = startRun({ resumeDir: run.runDir() ?? '' });
      await expect(resumed.result).rejects.toMatchObject({ code: 'model-changed' });
      await resumed.engine.stop();
    });
  });
});

describe('an engine whose parent is killed', () => {
  it.skipIf(process.platform !== 'linux')(
    'ends within 3 s, in the middle of a run',
    { timeout: 60_000 },
    async () => {
      await withTemporaryFolder(async (folder) => {
        const parent = spawn(
          process.execPath,
          [
            path.resolve(import.meta.dirname, '../../dist/cli.js'),
            'identify',
            SAMPLE,
            '--out',
            folder,
            '--progress',
            'json',
          ],
          { stdio: ['ignore', 'ignore', 'pipe'] },
        );
        // The first progress line says that the engine is at work.
        await once(parent.stderr, 'data');
        const children = await readFile(`/proc/${parent.pid ?? 0}/task/${parent.pid ?? 0}/children`, 'utf8');
        const engine = Number(children.trim().split(' ')[0]);
        expect(engine).toBeGreaterThan(1);
        parent.kill('SIGKILL');
        const deadline = performance.now() + 3000;
        while (isAlive(engine) && performance.now() < deadline) await setTimeout(50);
        expect(isAlive(engine)).toBe(false);
      });
    },
  );
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
