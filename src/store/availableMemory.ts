import os from 'node:os';

/** Bytes that this process may still take: a container's limit counts, where Node can tell. */
export function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available?.() ?? os.freemem();
}
