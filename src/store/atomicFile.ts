import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces `path` by `data` so that a reader, or a machine that loses power, sees the old bytes or the new ones. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const tempPath = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(tempPath, 'wx');
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
    await commitFile(tempPath, path);
  } catch (thrown) {
    await rm(tempPath, { force: true });
    throw thrown;
  }
}

/** Makes the closed file `tempPath`, in the same folder, the file `path`: its bytes first, then its name, reach the disk. */
export async function commitFile(tempPath: string, path: string): Promise<void> {
  // Windows flushes only through a handle that may write.
  await sync(tempPath, 'r+');
  await rename(tempPath, path);
  // Windows has no handle on a folder to flush; its file system journals the rename.
  if (process.platform !== 'win32') await sync(dirname(path), 'r');
}

async function sync(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
