/** A JSON document of ours that may be missing, broken or written by another version. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { inputError } from '../protocol/errors';

/** @throws input errors `run-unreadable` (missing, other version) and `run-damaged` (not what was written) */
export async function readVersionedJson<S extends z.ZodType>(
  file: string,
  schema: S,
  version: number,
): Promise<z.output<S>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'does not exist' : String(error);
    throw inputError(
      'run-unreadable',
      `${file} ${reason}.`,
      `Name a folder that holds ${path.basename(file)}.`,
    );
  }
  const damaged = (what: string): Error =>
    inputError('run-damaged', `${file}: ${what}.`, 'Restore the file, or run the experiment again.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : 'not JSON');
  }
  const found =
    typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : null;
  if (typeof found === 'number' && found !== version) {
    const message = `${file} has schemaVersion ${found}; this program reads ${version}.`;
    throw inputError('run-unreadable', message, 'Use the version of the program that wrote it.');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not as it was written'}`);
  }
  return parsed.data;
}
