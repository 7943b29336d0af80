/** Where a new experiment goes, and writing it. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { idFrom } from '../../core/run/datasetId';
import { usageError } from '../../protocol/errors';
import { isInside } from '../isInside';

const ENDING = '.safety-region.json';
const MOST_TRIES = 1_000;

/**
 * The folder of the workspace that the first dataset lies in, else that dataset's own: paths in the file stay short and
 * go with the data.
 * @param folders absolute, of the workspace
 */
export function homeFolder(files: readonly string[], folders: readonly string[]): string | undefined {
  const [file] = files;
  if (file === undefined) return folders[0];
  // Folders of a workspace may lie in one another.
  const holders = folders.filter((folder) => isInside(folder, file)).sort((a, b) => b.length - a.length);
  return holders[0] ?? path.dirname(file);
}

/**
 * Writes a new file and never over another one: a number makes the name free.
 * @param name of the experiment
 * @returns its absolute path
 */
export async function writeNewExperiment(folder: string, name: string, text: string): Promise<string> {
  const stem = idFrom(name, []);
  for (let number = 1; number <= MOST_TRIES; number++) {
    const file = path.join(folder, `${stem}${number === 1 ? '' : `-${number}`}${ENDING}`);
    try {
      await writeFile(file, text, { flag: 'wx' });
      return file;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw usageError(
    'name-taken',
    `${folder} has ${MOST_TRIES} experiments named ${stem}.`,
    'Choose another name.',
  );
}
