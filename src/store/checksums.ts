/** SHA-256 of the files of a folder. */
import { createHash } from 'node:crypto';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { cancelledError } from '../protocol/errors';

const CHUNK_BYTES = 1 << 22;

/** Lower-case hexadecimal; the file is read in pieces of 4 MiB. @throws ToolError cancelled */
export async function sha256File(file: string, signal?: AbortSignal): Promise<string> {
  const handle = await open(file, 'r');
  try {
    return await new RunningSha256().finish(handle, signal);
  } finally {
    await handle.close();
  }
}

/** SHA-256 of a file that is read for something else: bytes count as they come, front to back, and no byte twice. */
export class RunningSha256 {
  readonly #hash = createHash('sha256');
  #position = 0;
  #found: string | undefined;

  /** Bytes of the file from `position` on. Those that do not follow the ones before are left to `finish`. */
  add(position: number, bytes: Uint8Array): void {
    if (position !== this.#position || this.#found !== undefined) return;
    this.#hash.update(bytes);
    this.#position += bytes.length;
  }

  /** Reads what is left. @throws ToolError cancelled */
  async finish(handle: FileHandle, signal?: AbortSignal): Promise<string> {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    while (this.#found === undefined) {
      if (signal?.aborted) throw cancelledError();
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) this.#found = this.#hash.digest('hex');
      else this.add(this.#position, chunk.subarray(0, bytesRead));
    }
    return this.#found;
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
