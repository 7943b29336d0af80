import { readFile } from 'node:fs/promises';

/** Largest resident size of this process so far, in bytes: VmHWM where Linux tells it, else getrusage's. */
export async function peakMemoryBytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'latin1').catch(() => '');
  const kibibytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kibibytes === undefined ? process.resourceUsage().maxRSS * 1024 : Number(kibibytes) * 1024;
}
