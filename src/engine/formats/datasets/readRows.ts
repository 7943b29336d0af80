import { basename, extname } from 'node:path';
import type { Row } from './datasetFormat';
import { formatOf } from './registry';

export interface NumberedRow {
  /** From 1; goes on over the files in their order. */
  readonly number: number;
  readonly row: Row;
}

/** The rows of the files, one file after another, with the virtual field `$file` (name without ending). */
export async function* readRows(files: readonly string[]): AsyncGenerator<NumberedRow> {
  let number = 0;
  // Endings first: the tenth file's should not fail after nine were read.
  const formats = files.map(formatOf);
  for (const [i, file] of files.entries()) {
    const name = basename(file, extname(file));
    for await (const row of formats[i]?.read(file) ?? []) {
      yield { number: ++number, row: { ...row, $file: name } };
    }
  }
}
