/** A JSON document of ours that may be missing, broken or written by another version. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { ToolError, inputError } from '../protocol/errors';

/** Ours have kilobytes. A folder from elsewhere must not fill the memory of the editor's extension host. */
const MOST_BYTES = 64 * 2 ** 20;

/** @throws input errors `run-unreadable` (missing, no plain file, too long, other version) and `run-damaged` (not what was written) */
export async function readVersionedJson<S extends z.core.$ZodType>(
  file: string,
  schema: S,
  version: number,
): Promise<z.output<S>> {
  const text = await readText(file);
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
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not as it was written'}`);
  }
  return parsed.data;
}

async function readText(file: string): Promise<string> {
  const unreadable = (what: string): Error =>
    inputError('run-unreadable', `${file} ${what}.`, `Name a folder that holds ${path.basename(file)}.`);
  try {
    // Before opening: to open a pipe that nobody writes to would wait for ever.
    const found = await stat(file);
    if (!found.isFile()) throw unreadable('is not a file');
    if (found.size > MOST_BYTES) throw unreadable(`has ${found.size} bytes; at most ${MOST_BYTES} are read`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof ToolError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw unreadable(
      isMissing
        ? 'does not exist'
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
