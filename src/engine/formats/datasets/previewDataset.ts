import type { DatasetPreview, PreviewDatasetParams } from '../../../protocol/engine';
import { cancelledError } from '../../../protocol/errors';
import type { Row } from './datasetFormat';
import { DETECTION_ROWS, detectFields } from './detectFields';
import { expandPaths } from './expandPaths';
import { fieldValue, isOneOf, listFields, valueText } from './fieldPath';
import { readRows } from './readRows';
import { ValueCounter } from './valueCounter';

export interface PreviewOptions extends Pick<PreviewDatasetParams, 'where' | 'expected'> {
  readonly signal?: AbortSignal;
  /** Rows after which reading stops. */
  readonly maxRows?: number;
}

const PREVIEW_ROWS = 5;
const MAX_PREVIEW_CHARS = 500;
const MAX_FIELD_CHARS = 200;
const MAX_FILES = 100;
/** Seconds of reading, for someone who waits. */
const MAX_ROWS = 500_000;
const ROWS_AT_ONCE = 1000;

/**
 * What a dataset holds, for a user who is choosing its fields.
 *
 * @param path file, glob or list of them, relative to `baseDir`
 * @throws input error `dataset-missing`, those of the formats, `cancelled`
 */
export async function previewDataset(
  path: string | readonly string[],
  baseDir = process.cwd(),
  { where = {}, expected = [], signal, maxRows = MAX_ROWS }: PreviewOptions = {},
): Promise<DatasetPreview> {
  const files = await expandPaths(typeof path === 'string' ? [path] : path, baseDir);
  const filter = Object.entries(where);
  const absent = new Set(expected);
  const looked: Row[] = [];
  const first: Row[] = [];
  const counter = new ValueCounter();
  let rows = 0;
  let matched = 0;
  let isComplete = true;
  for await (const { row } of readRows(files)) {
    if (rows === maxRows) {
      isComplete = false;
      break;
    }
    rows += 1;
    if (looked.length < DETECTION_ROWS) looked.push(row);
    counter.count(row);
    for (const field of absent) if (fieldValue(row, field) !== undefined) absent.delete(field);
    if (filter.every(([key, allowed]) => isOneOf(fieldValue(row, key), allowed))) {
      matched += 1;
      if (first.length < PREVIEW_ROWS) first.push(row);
    }
    if (rows % ROWS_AT_ONCE === 0) {
      // A run may be going on in this process, and a cancellation wants to come in.
      await new Promise((resume) => setImmediate(resume));
      if (signal?.aborted) throw cancelledError();
    }
  }
  const fields = listFields(looked).filter(({ length }) => length <= MAX_FIELD_CHARS);
  const cut = (row: Row, field: string): [string, string | null] => [
    field,
    valueText(fieldValue(row, field))?.slice(0, MAX_PREVIEW_CHARS) ?? null,
  ];
  return {
    files: files.slice(0, MAX_FILES),
    fileCount: files.length,
    fields,
    detected: detectFields(looked, files.length),
    rows,
    matched,
    absent: [...absent],
    isComplete,
    firstRows: first.map((row) => Object.fromEntries(fields.map((field) => cut(row, field)))),
    values: counter.values(),
  };
}
