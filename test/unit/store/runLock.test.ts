import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { acquireRunLock, liveLockOwner, processStartTime } from '../../../src/store/runLock';
import { temporaryFolder } from './testRuns';

let folder: string;
let next = 0;
beforeAll(async () => {
  folder = await temporaryFolder();
});
const lockPath = () => path.join(folder, `lock${next++}`);
const otherProcess = (): ChildProcess => spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
const write = (file: string, owner: object) => writeFile(file, JSON.stringify({ token: 'theirs', ...owner }));

it('is free again after its release, which may be repeated', async () => {
  const file = lockPath();
  const lock = await acquireRunLock(file);
  expect((await liveLockOwner(file))?.pid).toBe(process.pid);
  await expect(acquireRunLock(file)).rejects.toMatchObject({ code: 'run-locked' });
  await lock.release();
  await lock.release();
  await expect(stat(file)).rejects.toThrow('ENOENT');
  await (await acquireRunLock(file)).release();
});

it('of a live process refuses, naming the pid; of a killed one it is taken over', async () => {
  const child = otherProcess();
  const file = lockPath();
  await write(file, { pid: child.pid, startTime: await processStartTime(child.pid!) });
  await expect(acquireRunLock(file)).rejects.toMatchObject({
    kind: 'input',
    code: 'run-locked',
    message: expect.stringContaining(String(child.pid)) as unknown,
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await liveLockOwner(file)).toBeNull();
  await (await acquireRunLock(file)).release();
});

it.runIf(process.platform === 'linux')(
  'of a pid that came again is stale: the start times differ',
  async () => {
    const child = otherProcess();
    const file = lockPath();
    await write(file, { pid: child.pid, startTime: '1@another-boot' });
    expect(await liveLockOwner(file)).toBeNull();
    const lock = await acquireRunLock(file);
    await lock.release();
    child.kill('SIGKILL');
  },
);

it('that is empty or nonsense is stale', async () => {
  // No system has a process of that number; one that cannot be asked about must not hold the run for ever.
  const impossible = JSON.stringify({ pid: 2 ** 40, startTime: null, token: 't' });
  for (const content of ['', 'x', '{"pid": -1}', impossible]) {
    const file = lockPath();
    await writeFile(file, content);
    await (await acquireRunLock(file)).release();
  }
});

it('goes to exactly one of many that ask at once for a stale one', async () => {
  const file = lockPath();
  await write(file, { pid: 2 ** 30, startTime: null });
  const asked = await Promise.allSettled(Array.from({ length: 12 }, () => acquireRunLock(file)));
  const got = asked.filter(({ status }) => status === 'fulfilled');
  expect(got).toHaveLength(1);
  expect((JSON.parse(await readFile(file, 'utf8')) as { pid: number }).pid).toBe(process.pid);
});
