import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { ensureFolder, isTemporary } from '../../store/atomicFile';

/** Makes the folder; a killed process leaves unfinished files under temporary names there. */
export async function ensureClean(folder: string): Promise<void> {
  await ensureFolder(folder);
  for (const name of await readdir(folder)) {
    if (isTemporary(name)) await rm(path.join(folder, name), { force: true });
  }
}
