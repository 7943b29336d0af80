import type { Row } from './datasetFormat';
import { DETECTION_ROWS, detectFields, type DetectedFields } from './detectFields';
import { expandPaths } from './expandPaths';
import { fieldValue, listFields, valueText } from './fieldPath';
import { readRows } from './readRows';

export interface DatasetPreview {
  readonly files: readonly string[];
  readonly fields: readonly string[];
  readonly detected: DetectedFields;
  readonly rows: number;
  /** Field -> text, cut to `MAX_PREVIEW_CHARS`. */
  readonly firstRows: readonly Readonly<Record<string, string | null>>[];
}

const PREVIEW_ROWS = 5;
const MAX_PREVIEW_CHARS = 500;

/**
 * What a dataset holds, for a user who is choosing its fields.
 *
 * @param path file, glob or list of them, relative to `baseDir`
 */
export async function previewDataset(
  path: string | readonly string[],
  baseDir = process.cwd(),
): Promise<DatasetPreview> {
  const files = await expandPaths(typeof path === 'string' ? [path] : path, baseDir);
  const looked: Row[] = [];
  let rows = 0;
  for await (const { row } of readRows(files)) {
    rows += 1;
    if (looked.length < DETECTION_ROWS) looked.push(row);
  }
  const fields = listFields(looked);
  const cut = (row: Row, field: string): [string, string | null] => [
    field,
    valueText(fieldValue(row, field))?.slice(0, MAX_PREVIEW_CHARS) ?? null,
  ];
  return {
    files,
    fields,
    detected: detectFields(looked, files.length),
    rows,
    firstRows: looked
      .slice(0, PREVIEW_ROWS)
      .map((row) => Object.fromEntries(fields.map((field) => cut(row, field)))),
  };
}
