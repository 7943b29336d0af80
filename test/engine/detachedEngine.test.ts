/** The extension's engine over its socket: who may have it, and how long it lives without a window. */
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { makeEngineFolder, readToken } from '../../src/store/engineFolder';
import { childExit, forkEngine } from '../../src/store/engineProcess';
import {
  attachEngine,
  startDetachedEngine,
  type Claim,
  type DetachedEngine,
} from '../../src/store/detachedEngine';
import { openRun, runStateOf } from '../../src/store/runDirectory';
import { liveLockOwner, type LockOwner } from '../../src/store/runLock';
import { enginePath, regionHashes, withTemporaryFolder } from './engineRuns';
import { writeLongExperiment } from './longExperiment';

/** Longer than any test: nobody is to run out of it by chance. */
const LONG_LEASE_MS = 3_600_000;
/** Generous, because other work may have the machine: what takes longer hangs. */
const HANG_MS = 30_000;
/** Some seconds of work. */
const ROWS = 200;

const started: DetachedEngine[] = [];
const stopAll = async (): Promise<void> => {
  for (const engine of started.splice(0)) await engine.stop();
};
afterEach(stopAll);

/** Removed when no engine writes into it any more. */
const withRunsFolder = (use: (folder: string) => Promise<void>): Promise<void> =>
  withTemporaryFolder((folder) => use(folder).finally(stopAll));

async function start(leaseMs = LONG_LEASE_MS): Promise<DetachedEngine> {
  const engine = await startDetachedEngine({ enginePath }, leaseMs);
  started.push(engine);
  return engine;
}

async function attach(owner: LockOwner, claim: Partial<Claim> = {}): Promise<DetachedEngine | null> {
  const engine = await attachEngine(owner, LONG_LEASE_MS, { patienceMs: 0, freeForMs: 0, ...claim });
  if (engine) started.push(engine);
  return engine;
}

interface GoingRun {
  readonly engine: DetachedEngine;
  readonly runDir: string;
  readonly owner: LockOwner;
  readonly result: Promise<unknown>;
}

/** A run that takes some seconds, as soon as it computes layers. */
async function startLongRun(folder: string, leaseMs?: number): Promise<GoingRun> {
  const experimentPath = writeLongExperiment(folder, ROWS);
  const engine = await start(leaseMs);
  const begun = new Promise<string>((resolve) => {
    engine.client.onEvent('progress', ({ runDir, phase }) => {
      if (runDir !== null && phase === 'forward') resolve(runDir);
    });
  });
  const result = engine.client.call('identify', { experimentPath, outDir: folder });
  // Whoever looks at it does so later.
  result.catch(() => undefined);
  const runDir = await Promise.race([begun, result.then(({ runDir: done }) => done)]);
  const owner = await liveLockOwner(path.join(runDir, 'lock'));
  if (!owner) throw new Error('The run has ended too soon.');
  return { engine, runDir, owner, result };
}

const isAlive = (pid: number | undefined): boolean => {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
};
const untilGone = (pid: number | undefined): Promise<void> =>
  expect.poll(() => isAlive(pid), { timeout: HANG_MS }).toBe(false);

describe('a run whose window goes away', { timeout: 120_000 }, () => {
  it('goes on, and the next window has its progress, its result and the engine', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, runDir, owner, result } = await startLongRun(folder);
      engine.detach();
      await expect(result).rejects.toMatchObject({ code: 'disposed' });
      await expect(engine.client.call('doctor', null)).rejects.toMatchObject({ code: 'disposed' });

      const next = await attach(owner);
      expect(next?.pid).toBe(engine.pid);
      const begun: string[] = [];
      const fractions: number[] = [];
      next!.client.onEvent('runStarted', (event) => begun.push(event.runDir));
      next!.client.onEvent('progress', ({ fraction }) => fractions.push(fraction));
      expect(await next!.client.call('followRun', null)).toEqual({ runDir, wasComplete: false });
      expect(begun).toEqual([runDir]);
      expect(fractions.length).toBeGreaterThan(1);
      expect(await runStateOf(runDir)).toBe('done');

      await expect(next!.client.call('followRun', null)).rejects.toMatchObject({ code: 'no-run' });
      const again = await next!.client.call('identify', { resumeDir: runDir });
      expect(again).toEqual({ runDir, wasComplete: true });
    });
  });

  it('is cancelled by the next window, and can be resumed', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, runDir, owner } = await startLongRun(folder);
      engine.detach();
      const next = await attach(owner);
      const controller = new AbortController();
      const followed = next!.client.call('followRun', null, { signal: controller.signal });
      controller.abort();
      await expect(followed).rejects.toMatchObject({ kind: 'cancelled' });
      await expect.poll(() => runStateOf(runDir), { timeout: HANG_MS }).toBe('interrupted');
      const other = await start();
      expect(await other.client.call('identify', { resumeDir: runDir })).toMatchObject({ runDir });
    });
  });

  it('ends when it is done though no window came, and its engine with it', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, runDir, owner } = await startLongRun(folder);
      engine.detach();
      await expect.poll(() => runStateOf(runDir), { timeout: 90_000 }).toBe('done');
      await untilGone(engine.pid);
      expect(existsSync(path.dirname(owner.socket!))).toBe(false);
      await (await openRun(runDir)).verify();
    });
  });

  it('stops as interrupted when the lease is over, says so, and gives the same bytes when resumed', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, runDir } = await startLongRun(folder, 1);
      engine.detach();
      await expect.poll(() => runStateOf(runDir), { timeout: HANG_MS }).toBe('interrupted');
      await untilGone(engine.pid);
      const events = await readFile(path.join(runDir, 'events.jsonl'), 'utf8');
      expect(events).toContain('No window came back for the run');

      const other = await start();
      await other.client.call('identify', { resumeDir: runDir });
      const experimentPath = path.join(folder, 'long.safety-region.json');
      const whole = await other.client.call('identify', { experimentPath, outDir: folder });
      expect(await regionHashes(runDir)).toEqual(await regionHashes(whole.runDir));
    });
  });

  it('belongs to one of two windows that ask at once, and to nobody else while that one is there', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, owner } = await startLongRun(folder);
      expect(await attach(owner)).toBeNull();
      engine.detach();
      const asked = await Promise.all([attach(owner), attach(owner), attach(owner)]);
      expect(asked.filter((one) => one !== null)).toHaveLength(1);
    });
  });

  it('is had by a window that says hello before its engine has heard that it was gone', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, owner } = await startLongRun(folder);
      const next = attach(owner, { patienceMs: HANG_MS });
      // Asked after that one, and both are told 'busy'.
      expect(await attach(owner)).toBeNull();
      engine.detach();
      expect((await next)?.pid).toBe(engine.pid);
    });
  });

  it('is left for a while to the window that was its own, and then had by another', async () => {
    await withRunsFolder(async (folder) => {
      const { engine, owner } = await startLongRun(folder);
      const leftAt = performance.now();
      engine.detach();
      expect(await attach(owner, { freeForMs: LONG_LEASE_MS })).toBeNull();
      const next = await attach(owner, { freeForMs: 500, patienceMs: HANG_MS });
      expect(next?.pid).toBe(engine.pid);
      expect(performance.now() - leftAt).toBeGreaterThan(500);
    });
  });
});

describe('an engine without a run', () => {
  it('ends when its window goes away', { timeout: HANG_MS * 2 }, async () => {
    const engine = await start();
    await engine.client.call('doctor', null);
    engine.detach();
    await untilGone(engine.pid);
  });

  it('ends when its window goes away before it listens, and leaves no folder', async () => {
    const folder = await makeEngineFolder();
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    const child = forkEngine({ enginePath }, ['--serve', folder], { stdio: [...stdio], detached: true });
    child.disconnect();
    await childExit(child);
    expect(existsSync(folder)).toBe(false);
  });

  it('is told as gone when it is killed, with the signal', async () => {
    const engine = await start();
    const call = engine.client.call('doctor', null);
    const exit = new Promise((resolve) => engine.onExit(resolve));
    process.kill(engine.pid!, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ code: 'engine-gone' });
    expect(await exit).toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('what names no engine of this user', () => {
  /** True where whoever connects is cut off without a word. */
  const isCutOff = (socket: string, text: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socketToEngine = connect(socket, () => socketToEngine.write(text));
      socketToEngine.on('data', () => resolve(false)).on('close', () => resolve(true));
      socketToEngine.on('error', () => undefined);
    });

  it.each([
    ['another token', { kind: 'hello', token: '0'.repeat(64), leaseMs: 1, freeForMs: 0 }],
    ['a shorter token', { kind: 'hello', token: '', leaseMs: 1, freeForMs: 0 }],
    ['no greeting', { kind: 'call', id: 1, name: 'doctor', params: null }],
  ])('is refused: %s', { timeout: 120_000 }, async (_, message) => {
    await withRunsFolder(async (folder) => {
      const { engine, owner } = await startLongRun(folder);
      // So that the engine is free, and only the greeting can be why.
      engine.detach();
      expect(await isCutOff(owner.socket!, `${JSON.stringify(message)}\n`)).toBe(true);
      expect(await isCutOff(owner.socket!, 'no JSON\n')).toBe(true);
      expect(await attach(owner)).not.toBeNull();
    });
  });

  it(
    'is left alone: a folder that others can open, and sockets elsewhere',
    { timeout: 120_000 },
    async () => {
      await withRunsFolder(async (folder) => {
        const { engine, owner } = await startLongRun(folder);
        engine.detach();
        const engineFolder = path.dirname(owner.socket!);
        expect(await readToken(engineFolder)).toMatch(/^[0-9a-f]{64}$/);
        await chmod(engineFolder, 0o750);
        expect(await attach(owner)).toBeNull();
        await chmod(engineFolder, 0o700);
        const decoy = path.join(folder, 'socket');
        await writeFile(decoy, '');
        for (const socket of [decoy, '', 'socket', '/var/run/docker.sock', null]) {
          expect(await attach({ ...owner, socket })).toBeNull();
        }
        expect(await attach(owner)).not.toBeNull();
      });
    },
  );
});

describe('a program that is no engine', () => {
  it.each([
    ['is not there', '/nowhere/node', 'ENOENT'],
    ['ends at once', '/bin/false', 'exit status 1'],
  ])('is said to have failed where it %s', async (_, nodePath, reason) => {
    await expect(startDetachedEngine({ enginePath, nodePath }, 1)).rejects.toMatchObject({
      code: 'engine-not-started',
      message: expect.stringMatching(new RegExp(`^${nodePath}.*${reason}`)) as unknown,
    });
  });
});
