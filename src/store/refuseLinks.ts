import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { inputError } from '../protocol/errors';

/**
 * To be called before anything is written into a run: one that comes from elsewhere could have it written where its
 * symbolic links lead.
 * @throws input error `run-damaged`
 */
export async function refuseLinks(runDir: string): Promise<void> {
  const entries = await readdir(runDir, { withFileTypes: true, recursive: true });
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (!link) return;
  throw inputError(
    'run-damaged',
    `${path.join(link.parentPath, link.name)}: is a symbolic link.`,
    'Put the file itself there, or run again.',
  );
}
