import { relative, sep } from 'node:path';
import type { Experiment, ExperimentDataset } from '../../core/run/experiment';
import type { DatasetReport, PreparedDataset, Sample } from '../../core/run/sample';
import { cancelledError, inputError, usageError, type ToolError } from '../../protocol/errors';
import { expandPaths } from '../formats/datasets/expandPaths';
import { isScalar, valueText } from '../formats/datasets/fieldPath';
import { loadTokenizer, type TextTokenizer } from '../formats/tokenizer';
import { collectRows, type CandidateRow, type CollectedRows } from './collectRows';
import { cutContent } from './cutContent';
import { drawSample } from './drawSample';
import { loadPromptTemplate, wrappedAlready, type PromptTemplate, type TemplateName } from './promptTemplate';

export interface PrepareOptions {
  /** Folder that dataset paths are relative to: that of the experiment file. */
  readonly baseDir: string;
  readonly modelDirectory: string;
  readonly signal?: AbortSignal;
}

/** The part of an experiment that decides what is fed. */
export type TextSettings = Pick<Experiment, 'datasets' | 'utility' | 'sampling' | 'template'>;

interface Feeding {
  readonly tokenizer: TextTokenizer;
  readonly template: PromptTemplate;
  readonly templateName: TemplateName;
  readonly sampling: Experiment['sampling'];
  readonly options: PrepareOptions;
}

/**
 * Reads, filters, samples and tokenises the datasets of an experiment: the identification sets as listed, then
 * utility. What is fed depends on the files, the tokenizer and the settings only.
 *
 * @throws usage error `responses-model-unsupported`; input errors of the tokenizer, the chat template and the
 * formats, and `dataset-too-few-rows`, `prompt-missing`, `response-missing`, `response-empty`, ...; `cancelled`
 */
export async function prepareDatasets(
  experiment: TextSettings,
  options: PrepareOptions,
): Promise<PreparedDataset[]> {
  const sets: [ExperimentDataset, PreparedDataset['role']][] = experiment.datasets.map((dataset) => [
    dataset,
    'identification',
  ]);
  if (experiment.utility) sets.push([experiment.utility, 'utility']);
  for (const [dataset] of sets) rejectModelResponses(dataset);

  const tokenizer = await loadTokenizer(options.modelDirectory);
  const templateName = experiment.template;
  const template = await loadPromptTemplate(templateName, options.modelDirectory, tokenizer);
  const feeding = { tokenizer, template, templateName, sampling: experiment.sampling, options };
  const prepared: PreparedDataset[] = [];
  for (const [dataset, role] of sets) prepared.push(await prepareDataset(dataset, role, feeding));
  return prepared;
}

async function prepareDataset(
  dataset: ExperimentDataset,
  role: PreparedDataset['role'],
  feeding: Feeding,
): Promise<PreparedDataset> {
  const { sampling, options } = feeding;
  const files = await expandPaths(dataset.path, options.baseDir);
  const collected = await collectRows(dataset, files, options.signal);
  const { matched } = collected;
  if (matched.length < sampling.count) {
    throw inputError(
      'dataset-too-few-rows',
      `Dataset ${dataset.id} has ${matched.length} rows${dataset.where ? ' that match "where"' : ''}, ` +
        `sampling.count asks for ${sampling.count}.`,
      `Set sampling.count to ${matched.length} or less; all datasets are sampled alike, to be comparable.`,
    );
  }
  const drawn = drawSample(matched.length, sampling.count, sampling.seed).flatMap((i) => matched[i] ?? []);
  const prompts = drawn.map((row) => promptOf(row, dataset, collected));
  const samples: Sample[] = [];
  for (const [i, row] of drawn.entries()) {
    samples.push(tokenise(row, prompts[i] ?? '', dataset, collected, feeding));
    // Tokenising is synchronous: let a cancellation in.
    if (i % 16 === 15) await new Promise((resume) => setImmediate(resume));
    if (options.signal?.aborted) throw cancelledError();
  }
  const report = reportOf(files, collected, prompts, samples, feeding);
  return { id: dataset.id, role, samples, report };
}

/** Prompt and response are tokenised apart and joined: no token is dropped, no EOS added (METHODS.md 1.1). */
function tokenise(
  row: CandidateRow,
  prompt: string,
  dataset: ExperimentDataset,
  collected: CollectedRows,
  { tokenizer, template, sampling }: Feeding,
): Sample {
  const content = cutContent(prompt, sampling.maxPromptTokens, tokenizer);
  const promptIds = template.encode(content.text);
  if (promptIds.length === 0)
    throw atRow('prompt-empty', row, dataset, 'its prompt is empty after tokenising');
  const response = responseOf(row, dataset, collected);
  const responseIds = tokenizer.encode(response, { addSpecialTokens: false });
  if (responseIds.length === 0) {
    throw atRow('response-empty', row, dataset, 'its response is empty after tokenising');
  }
  return {
    row: row.number,
    tokenIds: [...promptIds, ...responseIds.slice(0, sampling.maxResponseTokens)],
    responseStart: promptIds.length,
    truncated: content.truncated || responseIds.length > sampling.maxResponseTokens,
    category: row.category,
  };
}

function promptOf(row: CandidateRow, dataset: ExperimentDataset, { fields }: CollectedRows): string {
  const text = isScalar(row.prompt) ? valueText(row.prompt) : null;
  if (text !== null && text !== '') return text;
  throw atRow('prompt-missing', row, dataset, `its field '${fields.prompt}' ${fault(row.prompt)}`);
}

function responseOf(row: CandidateRow, dataset: ExperimentDataset, { fields }: CollectedRows): string {
  if (dataset.responses.source === 'fixed') return dataset.responses.text ?? '';
  if (isScalar(row.response)) return valueText(row.response) ?? '';
  throw atRow(
    'response-missing',
    row,
    dataset,
    `its field '${fields.response ?? ''}' ${fault(row.response)}`,
  );
}

function fault(value: unknown): string {
  if (value === undefined) return 'is not there';
  if (value === null) return 'is null';
  return value === '' ? 'is empty' : 'holds no text but a list or record';
}

const atRow = (code: string, row: CandidateRow, dataset: ExperimentDataset, what: string): ToolError =>
  inputError(
    code,
    `Dataset ${dataset.id}, row ${row.number}: ${what}.`,
    'Mend the row, leave it out with "where", or name another field.',
  );

function rejectModelResponses({ id, responses }: ExperimentDataset): void {
  if (responses.source !== 'model') return;
  throw usageError(
    'responses-model-unsupported',
    `Dataset ${id}: responses.source 'model' is not in this version yet: the engine does not generate text.`,
    'Use "dataset", with a response field, or "fixed", with a text.',
  );
}

function reportOf(
  files: readonly string[],
  { fields, rows, matched }: CollectedRows,
  prompts: readonly string[],
  samples: readonly Sample[],
  feeding: Feeding,
): DatasetReport {
  const warnings = feeding.template.warnings();
  if (fields.otherPrompts.length > 0) {
    warnings.push(`The prompt field was detected; it could also be: ${fields.otherPrompts.join(', ')}.`);
  }
  const wrapped = wrappedAlready(prompts);
  if (wrapped !== null && feeding.templateName !== 'none') {
    warnings.push(
      `Prompts carry the '${wrapped}' template already and are wrapped again: see "template": "none".`,
    );
  }
  const repeated = prompts.length - new Set(prompts).size;
  if (repeated > 0) warnings.push(`${repeated} of the ${prompts.length} sampled prompts repeat another one.`);
  const doubled = samples.filter(({ tokenIds }) => startsWithTwice(tokenIds, feeding.tokenizer)).length;
  if (doubled > 0)
    warnings.push(`${doubled} samples begin with two BOS tokens: the prompts hold one as text.`);
  return {
    files: files.map((file) => relative(feeding.options.baseDir, file).split(sep).join('/')),
    rows,
    matched: matched.length,
    sampled: samples.length,
    // Of all matching rows: rows whose prompt an earlier row has already.
    duplicatePrompts: matched.length - new Set(matched.map(({ prompt }) => valueText(prompt))).size,
    truncated: samples.filter(({ truncated }) => truncated).length,
    promptField: fields.prompt,
    responseField: fields.response,
    categoryField: fields.category,
    detected: fields.detected,
    warnings,
  };
}

function startsWithTwice(ids: readonly number[], { bosToken }: TextTokenizer): boolean {
  return bosToken !== null && ids[0] === bosToken.id && ids[1] === bosToken.id;
}
