import { inputError, type ToolError } from '../../../protocol/errors';

/** Field name -> value as the file has it: text, number, list, record ... */
export type Row = Readonly<Record<string, unknown>>;

/** How files with certain endings are read. Adding a format = one file and one line of registry.ts. */
export interface DatasetFormat {
  readonly name: string;
  /** Lower case, with the dot. */
  readonly endings: readonly string[];
  /** Rows in the order of the file. Bare strings are rows with the one field `$text`. */
  read(file: string): AsyncIterable<Row>;
}

/** Field of rows that are bare strings: lines of text, strings of a JSON list. */
export const TEXT_FIELD = '$text';

/** Longest row, in bytes (CSV, JSONL) or characters (TXT). */
export const MAX_RECORD_BYTES = 1024 * 1024;

export const datasetInvalid = (file: string, reason: string, mend = 'Mend the file.'): ToolError =>
  inputError('dataset-invalid', `${file}: ${reason}.`, mend);

export const datasetTooLarge = (file: string, reason: string): ToolError =>
  inputError('dataset-too-large', `${file}: ${reason}.`, 'Split the file, or save it as JSONL or CSV.');

/** Names of a header row: empty cells are named by position, repeated names get a number, both counted from 1. */
export function columnNames(header: readonly string[]): string[] {
  const taken = new Set(header);
  const seen = new Set<string>();
  return header.map((cell, i) => {
    let name = cell.trim() === '' ? `column${i + 1}` : cell;
    if (seen.has(name) || (name !== cell && taken.has(name))) {
      let n = 2;
      while (seen.has(`${name}_${n}`) || taken.has(`${name}_${n}`)) n++;
      name = `${name}_${n}`;
    }
    seen.add(name);
    return name;
  });
}

/** `Object.fromEntries` defines own properties, whatever the names: `__proto__` is a field as any other. */
export function rowOf(names: readonly string[], cells: readonly unknown[]): Row {
  return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null]));
}

export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
