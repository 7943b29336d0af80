import type { Experiment, ExperimentDataset } from '../../core/run/experiment';
import { inputError, type ToolError } from '../../protocol/errors';
import { isScalar, valueText } from '../formats/datasets/fieldPath';
import type { TextTokenizer } from '../formats/tokenizer';
import type { CandidateRow, CollectedRows } from './collectRows';
import { cutContent } from './cutContent';
import type { PromptTemplate } from './promptTemplate';

/** What turns texts into tokens. */
export interface Tokenising {
  readonly tokenizer: TextTokenizer;
  readonly template: PromptTemplate;
  readonly sampling: Experiment['sampling'];
}

export interface PromptTokens {
  readonly ids: readonly number[];
  /** True where the content was cut. */
  readonly truncated: boolean;
}

/** @throws input error `prompt-empty` naming dataset and row */
export function tokenisePrompt(
  row: CandidateRow,
  prompt: string,
  dataset: ExperimentDataset,
  { tokenizer, template, sampling }: Tokenising,
): PromptTokens {
  const content = cutContent(prompt, sampling.maxPromptTokens, tokenizer);
  const ids = template.encode(content.text);
  if (ids.length === 0) throw atRow('prompt-empty', row, dataset, 'its prompt is empty after tokenising');
  return { ids, truncated: content.truncated };
}

/** @throws input error `prompt-missing` naming dataset, row and field */
export function promptOf(row: CandidateRow, dataset: ExperimentDataset, { fields }: CollectedRows): string {
  const text = isScalar(row.prompt) ? valueText(row.prompt) : null;
  if (text !== null && text !== '') return text;
  throw atRow('prompt-missing', row, dataset, `its field '${fields.prompt}' ${fault(row.prompt)}`);
}

/** @throws input error `response-missing` naming dataset, row and field */
export function responseOf(row: CandidateRow, dataset: ExperimentDataset, { fields }: CollectedRows): string {
  if (dataset.responses.source === 'fixed') return dataset.responses.text ?? '';
  if (isScalar(row.response)) return valueText(row.response) ?? '';
  throw atRow(
    'response-missing',
    row,
    dataset,
    `its field '${fields.response ?? ''}' ${fault(row.response)}`,
  );
}

export const atRow = (code: string, row: CandidateRow, dataset: ExperimentDataset, what: string): ToolError =>
  inputError(
    code,
    `Dataset ${dataset.id}, row ${row.number}: ${what}.`,
    'Mend the row, leave it out with "where", or name another field.',
  );

function fault(value: unknown): string {
  if (value === undefined) return 'is not there';
  if (value === null) return 'is null';
  return value === '' ? 'is empty' : 'holds no text but a list or record';
}
