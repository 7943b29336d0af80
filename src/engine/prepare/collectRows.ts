import { cancelledError, inputError, usageError, type ToolError } from '../../protocol/errors';
import type { ExperimentDataset, WhereValue } from '../../core/run/experiment';
import type { Row } from '../formats/datasets/datasetFormat';
import { DETECTION_ROWS, detectFields } from '../formats/datasets/detectFields';
import { fieldValue, isOneOf, listFields, valueText } from '../formats/datasets/fieldPath';
import { readRows, type NumberedRow } from '../formats/datasets/readRows';

export interface ChosenFields {
  readonly prompt: string;
  readonly response: string | null;
  readonly category: string | null;
  /** True where the prompt field was detected. */
  readonly detected: boolean;
  readonly otherPrompts: readonly string[];
}

/** What is kept of a row that `where` lets through. Values are unchecked until the row is sampled. */
export interface CandidateRow {
  readonly number: number;
  readonly prompt: unknown;
  readonly response: unknown;
  readonly category: string | null;
}

export interface CollectedRows {
  readonly fields: ChosenFields;
  readonly rows: number;
  readonly matched: readonly CandidateRow[];
}

const VALUES_SHOWN = 10;

/**
 * Reads the files once and keeps of the matching rows what samples are made of.
 *
 * @throws input errors `dataset-empty`, `dataset-field-missing`, `dataset-no-prompt`, `dataset-no-response`,
 * `dataset-filter-empty`; usage error `responses-none`; those of the formats
 */
export async function collectRows(
  dataset: ExperimentDataset,
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<CollectedRows> {
  const name = `Dataset ${dataset.id} (${files[0] ?? ''}${files.length > 1 ? ` and ${files.length - 1} more` : ''})`;
  const source = readRows(files);
  // Fields are chosen on the first rows; a stream is then gone on with where it stopped.
  const head = await take(source, DETECTION_ROWS, signal);
  if (head.length === 0) throw inputError('dataset-empty', `${name} has no rows.`, 'Correct "path".');
  const headRows = head.map(({ row }) => row);
  const fields = chooseFields(dataset, headRows, files.length, name);
  const where = Object.entries(dataset.where ?? {});
  const given = [fields.prompt, fields.response, fields.category, ...where.map(([key]) => key)];
  const missing = new Set(given.filter((field) => field !== null));
  const seen = new Map(where.map(([key]) => [key, new Set<string>()]));
  const matched: CandidateRow[] = [];
  let rows = 0;
  for (let batch = head; batch.length > 0; batch = await take(source, DETECTION_ROWS, signal)) {
    for (const { number, row } of batch) {
      rows += 1;
      for (const field of missing) if (fieldValue(row, field) !== undefined) missing.delete(field);
      if (!where.every(([key, allowed]) => matches(fieldValue(row, key), allowed, seen.get(key)))) continue;
      matched.push({
        number,
        prompt: fieldValue(row, fields.prompt),
        response: fields.response === null ? null : fieldValue(row, fields.response),
        category: fields.category === null ? null : valueText(fieldValue(row, fields.category)),
      });
    }
  }
  for (const field of missing) throw fieldMissing(name, field, headRows);
  if (matched.length === 0) throw filterEmpty(name, where, seen);
  return { fields, rows, matched };
}

function chooseFields(
  dataset: ExperimentDataset,
  rows: readonly Row[],
  fileCount: number,
  name: string,
): ChosenFields {
  const found = detectFields(rows, fileCount);
  const prompt = dataset.prompt ?? found.prompt;
  if (prompt === null) {
    throw inputError(
      'dataset-no-prompt',
      `${name}: no field looks like a prompt. ${present(rows)}`,
      'Name the field with "prompt".',
    );
  }
  const common = {
    prompt,
    category: dataset.category === undefined ? found.category : dataset.category,
    detected: dataset.prompt === undefined,
    otherPrompts: dataset.prompt === undefined ? found.otherPrompts : [],
  };
  if (dataset.responses.source !== 'dataset') return { ...common, response: null };
  const response = dataset.response === undefined ? found.response : dataset.response;
  const mend = 'Name the field with "response", or set "responses": { "source": "fixed", "text": ... }.';
  if (dataset.response === null) {
    const message = `${name}: responses come from the dataset, but its response field is null.`;
    throw usageError('responses-none', message, mend);
  }
  if (response === null || response === prompt) {
    throw inputError(
      'dataset-no-response',
      `${name}: no field looks like a response. ${present(rows)}`,
      mend,
    );
  }
  return { ...common, response };
}

/** Exact equality of texts; numbers and booleans compare by their JSON text, null with what is not there. */
function matches(value: unknown, allowed: readonly WhereValue[], seen: Set<string> | undefined): boolean {
  const text = valueText(value);
  if (seen && seen.size <= VALUES_SHOWN) seen.add(text === null ? 'null' : JSON.stringify(text.slice(0, 80)));
  return isOneOf(value, allowed);
}

async function take(
  source: AsyncGenerator<NumberedRow>,
  count: number,
  signal: AbortSignal | undefined,
): Promise<NumberedRow[]> {
  const rows: NumberedRow[] = [];
  while (rows.length < count) {
    const next = await source.next();
    if (signal?.aborted) {
      await source.return(undefined);
      throw cancelledError();
    }
    if (next.done) break;
    rows.push(next.value);
  }
  return rows;
}

const present = (rows: readonly Row[]): string => `Its fields: ${listFields(rows).join(', ')}.`;

const fieldMissing = (name: string, field: string, rows: readonly Row[]): ToolError =>
  inputError(
    'dataset-field-missing',
    `${name} has no field '${field}'. ${present(rows)}`,
    'Name one of the fields that are there.',
  );

function filterEmpty(
  name: string,
  where: readonly (readonly [string, readonly WhereValue[]])[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
): ToolError {
  const lists = where.map(([key]) => {
    const values = [...(seen.get(key) ?? [])];
    const more = values.length > VALUES_SHOWN ? ', ...' : '';
    // Keys after the first are looked at only where those before them match.
    return `${key} is ${values.slice(0, VALUES_SHOWN).join(', ')}${more}`;
  });
  return inputError(
    'dataset-filter-empty',
    `${name}: "where" leaves no row. Values seen: ${lists.join('; ')}.`,
    'Correct "where"; values are compared exactly.',
  );
}
