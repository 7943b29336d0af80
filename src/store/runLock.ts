/**
 * `lock` inside a run directory: who works on it. A lock is live while its process is: same pid and same start time,
 * because pids come again. There is no lease and no heartbeat, so a kill -9 frees the run at once.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { inputError } from '../protocol/errors';
import { syncFolder, temporaryPath } from './atomicFile';

const lockSchema = z.object({
  pid: z.int().gte(1),
  /** As the operating system tells it; null where it cannot be known. */
  startTime: z.string().nullable(),
  token: z.string(),
  /** Where a process that outlives its window can be reached; believed only after `checkedFolder`. */
  socket: z.string().max(300).nullable().default(null),
});
export type LockOwner = z.output<typeof lockSchema>;

/** Tokens that this process holds: its own pid alone does not say whether a lock is still wanted. */
const held = new Set<string>();

export interface RunLock {
  /** May be called more than once. `file`: where the lock is now, if its folder was renamed. */
  release(file?: string): Promise<void>;
}

/**
 * @param socket where this process can be reached, if it outlives whoever started it
 * @throws input error `run-locked` naming the pid of the live process
 */
export async function acquireRunLock(file: string, socket: string | null = null): Promise<RunLock> {
  const token = randomBytes(8).toString('hex');
  const startTime = await processStartTime(process.pid);
  const owner: LockOwner = { pid: process.pid, startTime, token, socket };
  held.add(token);
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      if (await createExclusively(file, JSON.stringify(owner))) {
        return {
          async release(now = file) {
            if (!held.delete(token)) return;
            if ((await readLock(now))?.token === token) await rm(now, { force: true });
          },
        };
      }
      const other = await readLock(file);
      if (other && (await isLive(other))) {
        throw inputError(
          'run-locked',
          `${path.dirname(file)} is in use by process ${other.pid}.`,
          'Wait for it, or stop it; its work is kept.',
        );
      }
      await removeStale(file, other);
    }
    throw inputError('run-locked', `${file}: other processes keep taking the lock.`, 'Try again.');
  } catch (error) {
    held.delete(token);
    throw error;
  }
}

/** The live owner of the lock, if there is one. */
export async function liveLockOwner(file: string): Promise<LockOwner | null> {
  const owner = await readLock(file);
  return owner && (await isLive(owner)) ? owner : null;
}

/** A hard link of a whole file, so that no one ever sees a lock without its content (O_EXCL where links fail). */
async function createExclusively(file: string, content: string): Promise<boolean> {
  const temporary = temporaryPath(file);
  await writeFile(temporary, content, { flag: 'wx' });
  try {
    await link(temporary, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN'].includes(codeOf(error)))
      throw error;
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(content).finally(() => handle.close());
    } catch (second) {
      if (codeOf(second) === 'EEXIST') return false;
      throw second;
    }
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(path.dirname(file));
  return true;
}

/** Moved away and looked at again: between our look and the removal another process may have put a live lock there. */
async function removeStale(file: string, seen: LockOwner | null): Promise<void> {
  const aside = temporaryPath(file);
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readLock(aside);
  if (moved && moved.token !== seen?.token) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Null where the file is missing or is no lock. */
async function readLock(file: string): Promise<LockOwner | null> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Whether the process that wrote this lock lives. */
export async function isLive({ pid, startTime, token }: LockOwner): Promise<boolean> {
  if (pid === process.pid && !held.has(token)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user's. ESRCH: it is gone; anything else: no process can have that id.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const now = await processStartTime(pid);
  return now === null || startTime === null || now === startTime;
}

/** Something that two processes with the same pid, one after the other, do not share; null where it is unknown. */
export async function processStartTime(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The name (field 2) may hold spaces and ')': fields are counted after the last one. starttime is field 22.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
      // A zombie has ended: it only waits for its parent.
      return fields[0] === 'Z' ? 'ended' : `${fields[19] ?? ''}@${boot.trim()}`;
    }
    if (process.platform === 'darwin') {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
      return stdout.trim() || null;
    }
  } catch {
    // Unknown: the pid alone decides.
  }
  return null;
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
