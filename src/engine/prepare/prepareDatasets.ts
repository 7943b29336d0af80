import { relative, sep } from 'node:path';
import type { Experiment, ExperimentDataset } from '../../core/run/experiment';
import { secondDrawId } from '../../core/run/replicates';
import type { DatasetReport, PreparedDataset, Sample } from '../../core/run/sample';
import { cancelledError, inputError, usageError, type ToolError } from '../../protocol/errors';
import { expandPaths } from '../formats/datasets/expandPaths';
import { valueText } from '../formats/datasets/fieldPath';
import { loadTokenizer, type TextTokenizer } from '../formats/tokenizer';
import { collectRows, type CandidateRow, type CollectedRows } from './collectRows';
import { drawSamples } from './drawSample';
import { promptQueue, standInSample, type DraftDataset } from './promptQueue';
import { loadPromptTemplate, wrappedAlready, type TemplateName } from './promptTemplate';
import { wantsSecondDraw, type SecondDrawSettings } from './secondDraw';
import { atRow, promptOf, responseOf, tokenisePrompt, type Tokenising } from './rowTexts';

export interface PrepareOptions {
  /** Folder that dataset paths are relative to: that of the experiment file. */
  readonly baseDir: string;
  readonly modelDirectory: string;
  readonly signal?: AbortSignal;
}

/** The part of an experiment that decides what is fed. */
export type TextSettings = Pick<Experiment, 'datasets' | 'utility' | 'sampling' | 'template'> &
  SecondDrawSettings;

export interface Feeding extends Tokenising {
  readonly templateName: TemplateName;
  readonly options: PrepareOptions;
}

/** Reads tokenizer and template when it is first called. */
export type OpenFeeding = () => Promise<Feeding>;

/**
 * Reads, filters, samples and tokenises the datasets of an experiment: the identification sets as listed, then
 * utility, then second draws where they are asked for. What is fed depends on the files, the tokenizer and the settings only.
 *
 * @throws usage error `responses-not-stored`; input errors of the tokenizer, the chat template and the
 * formats, and `dataset-too-few-rows`, `prompt-missing`, `response-missing`, `response-empty`, ...; `cancelled`
 */
export async function prepareDatasets(
  experiment: TextSettings,
  options: PrepareOptions,
  open = feedingOf(experiment, options),
): Promise<DraftDataset[]> {
  const sets: [ExperimentDataset, PreparedDataset['role']][] = experiment.datasets.map((dataset) => [
    dataset,
    'identification',
  ]);
  if (experiment.utility) sets.push([experiment.utility, 'utility']);
  for (const [dataset, role] of sets) rejectUnfiltered(dataset, role);

  const feeding = await open();
  const prepared: DraftDataset[] = [];
  const seconds: DraftDataset[] = [];
  const short: ShortDataset[] = [];
  const { count } = experiment.sampling;
  for (const [dataset, role] of sets) {
    const files = await expandPaths(dataset.path, options.baseDir);
    const collected = await collectRows(dataset, files, options.signal);
    const rows = collected.matched.length;
    const draws = role === 'identification' && wantsSecondDraw(experiment) ? 2 : 1;
    if (rows < draws * count) short.push({ dataset, rows, draws });
    // Of the others only the rows are counted then: all that are too small are named at once.
    if (short.length > 0) continue;
    const [first, second] = await prepareDraws(dataset, { role, files, collected, draws }, feeding);
    prepared.push(...(first ? [first] : []));
    seconds.push(...(second ? [second] : []));
  }
  if (short.length > 0) throw tooFewRows(short, count);
  return [...prepared, ...seconds];
}

interface ShortDataset {
  readonly dataset: ExperimentDataset;
  readonly rows: number;
  readonly draws: number;
}

function tooFewRows(short: readonly ShortDataset[], count: number): ToolError {
  const each = short.map(
    ({ dataset: { id, where }, rows }) =>
      `dataset ${id} has ${rows} rows${where ? ' that match "where"' : ''}`,
  );
  const twice = short.some(({ draws }) => draws > 1) ? `, and for ${2 * count} with a second draw` : '';
  const most = Math.min(...short.map(({ rows, draws }) => Math.floor(rows / draws)));
  return inputError(
    'dataset-too-few-rows',
    `sampling.count asks for ${count} rows${twice}: ${each.join('; ')}.`,
    `Set sampling.count to ${most} or less${twice === '' ? '' : ', or leave out replicates.secondDraw'}; all datasets are sampled alike, to be comparable.`,
  );
}

/** For all sets of an experiment: a tokenizer of 262,144 words takes seconds to read. */
export function feedingOf(experiment: FeedingSettings, options: PrepareOptions): OpenFeeding {
  let feeding: Promise<Feeding> | undefined;
  return () => (feeding ??= openFeeding(experiment, options));
}

type FeedingSettings = Pick<Experiment, 'sampling' | 'template'>;

export async function openFeeding(
  { template: templateName, sampling }: FeedingSettings,
  options: PrepareOptions,
): Promise<Feeding> {
  const tokenizer = await loadTokenizer(options.modelDirectory);
  const template = await loadPromptTemplate(templateName, options.modelDirectory, tokenizer);
  return { tokenizer, template, templateName, sampling, options };
}

interface DrawnFrom {
  readonly role: PreparedDataset['role'];
  readonly files: readonly string[];
  readonly collected: CollectedRows;
  /** Two draws have no row in common. */
  readonly draws: number;
}

/** One dataset a draw. The first is the same whether there is a second or not. */
async function prepareDraws(
  dataset: ExperimentDataset,
  from: DrawnFrom,
  feeding: Feeding,
): Promise<DraftDataset[]> {
  const { role, files, collected, draws } = from;
  const { sampling, options } = feeding;
  const { matched } = collected;
  if (dataset.responses.source === 'model') return draftDraws(dataset, from, feeding);
  const prepared: DraftDataset[] = [];
  for (const indices of drawSamples(matched.length, sampling.count, sampling.seed, draws)) {
    const drawn = indices.flatMap((i) => matched[i] ?? []);
    const prompts = drawn.map((row) => promptOf(row, dataset, collected));
    const samples = await eachInTurn(drawn, options.signal, (row, i) =>
      tokenise(row, prompts[i] ?? '', dataset, collected, feeding),
    );
    const report = reportOf(files, collected, prompts, samples, feeding);
    prepared.push({ id: drawId(dataset.id, prepared.length), role, samples, report });
  }
  return prepared;
}

const drawId = (id: string, draw: number): string => (draw === 0 ? id : secondDrawId(id));

/** The model answers once the run directory is there (answers/): until then stand-ins take the samples' place. */
async function draftDraws(
  dataset: ExperimentDataset,
  { role, files, collected, draws }: DrawnFrom,
  feeding: Feeding,
): Promise<DraftDataset[]> {
  const { signal } = feeding.options;
  const { count } = feeding.sampling;
  const { standIns, at, ...queue } = promptQueue(dataset, role, collected, feeding, draws);
  const drafts: DraftDataset[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const positions = Array.from({ length: count }, (_, position) => draw * count + position);
    const asked = await eachInTurn(positions, signal, (position) => queue.prompt(position));
    const own = standIns.slice(draw * count, (draw + 1) * count);
    const samples = await eachInTurn(own, signal, (index) => standInSample(at(index), queue));
    const texts = asked.map(({ index }) => valueText(collected.matched[index]?.prompt) ?? '');
    const drawn = asked.map((prompt) => standInSample(prompt, queue));
    const report = reportOf(files, collected, texts, drawn, feeding);
    // One queue for both draws, which the first one's dataset is asked from.
    drafts.push({ id: drawId(dataset.id, draw), role, samples, report, ...(draw === 0 && { queue }) });
  }
  return drafts;
}

/** Tokenising is synchronous: lets a cancellation in now and then. */
export async function eachInTurn<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  make: (item: T, i: number) => R,
): Promise<R[]> {
  const made: R[] = [];
  for (const [i, item] of items.entries()) {
    made.push(make(item, i));
    if (i % 16 === 15) await new Promise((resume) => setImmediate(resume));
    if (signal?.aborted) throw cancelledError();
  }
  return made;
}

/** Prompt and response are tokenised apart and joined: no token is dropped, no EOS added (METHODS.md 1.1). */
function tokenise(
  row: CandidateRow,
  text: string,
  dataset: ExperimentDataset,
  collected: CollectedRows,
  feeding: Feeding,
): Sample {
  const { tokenizer, sampling } = feeding;
  const prompt = tokenisePrompt(row, text, dataset, feeding);
  const response = responseOf(row, dataset, collected);
  const responseIds = tokenizer.encode(response, { addSpecialTokens: false });
  if (responseIds.length === 0) {
    throw atRow('response-empty', row, dataset, 'its response is empty after tokenising');
  }
  return {
    row: row.number,
    tokenIds: [...prompt.ids, ...responseIds.slice(0, sampling.maxResponseTokens)],
    responseStart: prompt.ids.length,
    truncated: prompt.truncated || responseIds.length > sampling.maxResponseTokens,
    category: row.category,
  };
}

/** What a model says to a harmful prompt, if it is no refusal, is not kept; so it cannot be fed from a stored run. */
function rejectUnfiltered({ id, responses }: ExperimentDataset, role: PreparedDataset['role']): void {
  if (responses.source !== 'model' || responses.refusalsOnly || role !== 'identification') return;
  throw usageError(
    'responses-not-stored',
    `Dataset ${id}: responses.source is 'model' and refusalsOnly is false. Answers to identification prompts that are ` +
      'no refusals are never stored, so a run on them could neither be resumed nor checked.',
    'Set "refusalsOnly": true, or take the responses from the dataset or a fixed text.',
  );
}

export function reportOf(
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
