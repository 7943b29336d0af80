/** What the extension keeps of its engine, with the real process. */
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { EngineHolder, type EngineState } from '../../src/host/engineHolder';
import type { EngineClient } from '../../src/host/engineHolder';
import { liveLockOwner } from '../../src/store/runLock';
import { enginePath, withTemporaryFolder } from './engineRuns';
import { writeLongExperiment } from './longExperiment';

/** Generous, because other work may have the machine: what takes longer hangs. */
const HANG_MS = 30_000;
const AT_ONCE = { patienceMs: 0, freeForMs: 0 };

const holders: EngineHolder[] = [];
afterEach(() => {
  for (const holder of holders.splice(0)) holder.dispose();
});

function hold(settings: { nodePath?: string; idleMs?: number } = {}) {
  const states: EngineState[] = [];
  const lines: string[] = [];
  const note = (line: string | Error): void => void lines.push(String(line));
  const holder = new EngineHolder({
    enginePath,
    settings: () => ({ nodePath: process.execPath, idleMs: 3_600_000, leaseMs: 3_600_000, ...settings }),
    log: { info: note, warn: note, error: note },
    stateChanged: (state) => states.push(state),
  });
  holders.push(holder);
  /** Of the process that answers now. */
  const pid = (): number => {
    const found = lines.flatMap((line) => /^Engine started, process (\d+)\.$/.exec(line)?.[1] ?? []);
    return Number(found.at(-1));
  };
  return { holder, states, lines, pid };
}

const doctor = (client: EngineClient) => client.call('doctor', null);
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the engine of a window', () => {
  it('is one process for all who ask at once', async () => {
    const { holder, states, lines } = hold();
    await Promise.all([holder.use(doctor), holder.use(doctor), holder.use(doctor)]);
    expect(lines.filter((line) => line.startsWith('Engine started'))).toHaveLength(1);
    expect(states).toEqual(['starting', 'ready']);
  });

  it('is stopped when nobody needs it any more, and started again', { timeout: 2 * HANG_MS }, async () => {
    const { holder, states, pid } = hold({ idleMs: 0 });
    await holder.use(doctor);
    const first = pid();
    await expect.poll(() => isAlive(first), { timeout: HANG_MS }).toBe(false);
    await holder.use(doctor);
    expect(pid()).not.toBe(first);
    expect(states.slice(0, 5)).toEqual(['starting', 'ready', 'off', 'starting', 'ready']);
  });

  it('ends with its window', { timeout: 2 * HANG_MS }, async () => {
    const { holder, pid } = hold();
    await holder.use(doctor);
    holder.dispose();
    await expect.poll(() => isAlive(pid()), { timeout: HANG_MS }).toBe(false);
  });

  it('goes on with its run when the window goes', { timeout: 2 * HANG_MS }, async () => {
    await withTemporaryFolder(async (folder) => {
      const first = hold();
      const next = hold();
      const experimentPath = writeLongExperiment(folder, 200);
      let runDir = '';
      const run = first.holder.use((client) => {
        client.onEvent('runStarted', (event) => (runDir = event.runDir));
        return client.call('identify', { experimentPath, outDir: folder });
      });
      const disposed = expect(run).rejects.toMatchObject({ code: 'disposed' });
      await expect.poll(() => runDir, { timeout: HANG_MS }).not.toBe('');
      const owner = (await liveLockOwner(path.join(runDir, 'lock')))!;
      first.holder.dispose();
      await disposed;
      const unwanted = await next.holder.useOwner(owner, AT_ONCE, () => false, doctor);
      expect(unwanted).toBeUndefined();
      const followed = next.holder.useOwner(
        owner,
        AT_ONCE,
        () => true,
        (client) => client.call('followRun', null),
      );
      expect(await followed).toEqual({ runDir, wasComplete: false });
    });
  });

  it(
    'may crash 20 times: each is told, with the end of its log, and the next one works',
    { timeout: 300_000 },
    async () => {
      const { holder, states, pid } = hold();
      const pids = new Set<number>();
      for (let crash = 0; crash < 20; crash++) {
        const call = holder.use(async (client) => {
          await doctor(client);
          pids.add(pid());
          process.kill(pid(), 'SIGABRT');
          // Nothing that an engine answers before the signal reaches it.
          return client.call('doctor', null).then(() => client.call('doctor', null));
        });
        await expect(call).rejects.toMatchObject({
          code: 'engine-gone',
          message: expect.stringContaining('SIGABRT') as unknown,
        });
      }
      expect(pids.size).toBe(20);
      expect(states.filter((state) => state === 'crashed')).toHaveLength(20);
      expect((await holder.use(doctor)).architectures).toContain('llama');
    },
  );

  it('is said to need its setting where that names no program', async () => {
    const { holder, states } = hold({ nodePath: '/nowhere/node' });
    await expect(holder.use(doctor)).rejects.toMatchObject({
      code: 'engine-not-started',
      message: expect.stringContaining('/nowhere/node') as unknown,
      mend: expect.stringContaining('safetyRegions.engine.nodePath') as unknown,
    });
    expect(states).toEqual(['starting', 'off']);
  });
});
