import path from 'node:path';
import { usageError } from '../protocol/errors';
import { isDirectory } from '../store/models/pathKind';
import type { CliIo } from './io';

/**
 * Absolute path of a file that an option names, before the work that it is for begins.
 * @param example a name for it
 * @throws usage error `out-is-folder`
 */
export async function outputFile(
  { cwd }: Pick<CliIo, 'cwd'>,
  { option, value, example }: { readonly option: string; readonly value: string; readonly example: string },
): Promise<string> {
  const file = path.resolve(cwd, value);
  if (!(await isDirectory(file))) return file;
  throw usageError(
    'out-is-folder',
    `--${option}: ${file} is a folder.`,
    `Name a file, such as ${path.join(value, example)}.`,
  );
}
