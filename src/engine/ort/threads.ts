import { readFile } from 'node:fs/promises';
import os from 'node:os';

/**
 * Threads for matrix products when the user names none: one a physical core, since two hyper-threads share the unit
 * that does the work. Never more than the process may use.
 */
export async function defaultThreads(): Promise<number> {
  const allowed = os.availableParallelism();
  const siblings = await Promise.all(
    Array.from({ length: os.cpus().length }, (_, cpu) =>
      readFile(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`, 'utf8').catch(() => null),
    ),
  );
  const cores = new Set(siblings.filter((list) => list !== null)).size;
  return cores > 0 ? Math.min(cores, allowed) : allowed;
}
