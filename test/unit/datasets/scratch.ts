import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { DatasetFormat, Row } from '../../../src/engine/formats/datasets/datasetFormat';
import { formatOf } from '../../../src/engine/formats/datasets/registry';
import { ToolError } from '../../../src/protocol/errors';

export const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** A folder of its own for a test file, taken away at its end. */
export function scratchFolder(): {
  readonly path: string;
  put(name: string, content: string | Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'safety-text-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    put(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
  };
}

export async function rowsOf(file: string, format: DatasetFormat = formatOf(file)): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of format.read(file)) rows.push(row);
  return rows;
}

/** The error of a promise, checked to be ours: code, message and mend. */
export async function errorOf(promise: Promise<unknown>): Promise<ToolError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown;
    throw thrown;
  }
  throw new Error('It did not fail.');
}
