/**
 * Files that are either whole or absent, also after kill -9 and power loss: written under a temporary name, fsynced,
 * renamed (atomic within a folder), and the folder fsynced so that the new name is on disk too.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/;

/** A name beside `file` (same folder, so that the rename is atomic) that nobody else uses. */
export function temporaryPath(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

export const isTemporary = (name: string): boolean => TEMPORARY.test(name);

/**
 * Makes the parent folder where it is missing.
 *
 * @param data in pieces where the whole would not fit memory; what they throw is thrown, and no file is left
 */
export async function writeFileAtomic(
  file: string,
  data: string | Uint8Array | AsyncIterable<string>,
): Promise<void> {
  await ensureFolder(path.dirname(file));
  const temporary = temporaryPath(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
    await commitFile(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Puts a closed temporary file, however it was written, in its place; an older file there is replaced. */
export async function commitFile(temporary: string, file: string): Promise<void> {
  const handle = await open(temporary, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

/** mkdir -p, with the names of the new folders on disk when it returns. */
export async function ensureFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = path.resolve(folder); ; made = path.dirname(made)) {
    await syncFolder(path.dirname(made));
    if (made === path.resolve(first) || made === path.dirname(made)) return;
  }
}

export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; NTFS journals the rename itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
