/** SHA-256 of the files of a folder. */
import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelledError } from '../protocol/errors';

const CHUNK_BYTES = 1 << 22;

/** Lower-case hexadecimal; the file is read in pieces of 4 MiB. @throws ToolError cancelled */
export async function sha256File(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      if (signal?.aborted) throw cancelledError();
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** Relative paths, with '/', of all plain files below `folder`, sorted; `skip` is asked about files and folders. */
export async function listFiles(folder: string, skip: (relative: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const walk = async (inside: string): Promise<void> => {
    for (const entry of await readdir(path.join(folder, inside), { withFileTypes: true })) {
      const relative = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (skip(relative)) continue;
      if (entry.isDirectory()) await walk(relative);
      else if (entry.isFile()) found.push(relative);
    }
  };
  await walk('');
  return found.sort();
}
