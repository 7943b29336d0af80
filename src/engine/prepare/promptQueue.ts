import type { ExperimentDataset, Responses } from '../../core/run/experiment';
import { drawnFrom } from '../../core/run/replicates';
import type { PreparedDataset, Sample } from '../../core/run/sample';
import type { CandidateRow, CollectedRows } from './collectRows';
import { drawOrder } from './drawSample';
import { promptOf, tokenisePrompt, type Tokenising } from './rowTexts';

/** A prompt that the model is to answer. */
export interface Prompt {
  /** Place among the matching rows: the order of samples. */
  readonly index: number;
  /** Row number in the source, from 1. */
  readonly row: number;
  readonly tokenIds: readonly number[];
  readonly truncated: boolean;
  readonly category: string | null;
}

/** The prompts of a dataset in the order of drawing; the first `count` are those that any other source would get. */
export interface PromptQueue {
  readonly total: number;
  /** Samples wanted, of all draws together. */
  readonly count: number;
  /** 2 where a second draw of as many samples is wanted. */
  readonly draws: number;
  readonly responses: Responses;
  readonly maxResponseTokens: number;
  /** True where only refusals become samples. */
  readonly refusalsOnly: boolean;
  /** @throws input errors `prompt-missing`, `prompt-empty` */
  prompt(position: number): Prompt;
}

/**
 * A dataset before the model has answered: with a queue, `samples` stand in for those to come (same number, their
 * responses as long as may be, made of token 0), so that memory and disk can be planned.
 */
export interface DraftDataset extends PreparedDataset {
  readonly queue?: PromptQueue;
}

/** Those that the model answers: a second draw is asked from the queue of the first. */
export function askedDrafts(drafts: readonly DraftDataset[]): DraftDataset[] {
  const asked = new Set(drafts.flatMap(({ id, queue }) => (queue ? [id] : [])));
  return drafts.filter(({ id }) => asked.has(drawnFrom(id)));
}

/** `standIns` are the rows, by index, whose prompts planning is done with; `at` gives the prompt of such a row. */
export function promptQueue(
  dataset: ExperimentDataset,
  role: PreparedDataset['role'],
  collected: CollectedRows,
  tokenising: Tokenising,
  draws: number,
): PromptQueue & { readonly standIns: readonly number[]; readonly at: (index: number) => Prompt } {
  const { matched } = collected;
  const { seed, maxResponseTokens } = tokenising.sampling;
  const count = draws * tokenising.sampling.count;
  const order = drawOrder(matched.length, matched.length, seed);
  const refusalsOnly = role === 'identification' && dataset.responses.refusalsOnly;
  const at = (index: number): Prompt => {
    const row = matched[index];
    if (!row) throw new RangeError(`no row ${index}`);
    const { ids, truncated } = tokenisePrompt(row, promptOf(row, dataset, collected), dataset, tokenising);
    return { index, row: row.number, tokenIds: ids, truncated, category: row.category };
  };
  return {
    total: matched.length,
    count,
    draws,
    responses: dataset.responses,
    maxResponseTokens,
    refusalsOnly,
    prompt: (position) => at(order[position] ?? -1),
    standIns: refusalsOnly ? longestPrompts(matched, count) : order.slice(0, count),
    at,
  };
}

/**
 * Which rows are kept is not known where answers are dropped: the longest prompts then stand for them, by characters,
 * so that not every row has to be tokenised.
 */
function longestPrompts(matched: readonly CandidateRow[], count: number): number[] {
  return matched
    .map(({ prompt }, index) => ({ index, size: typeof prompt === 'string' ? prompt.length : 0 }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size)
    .slice(0, count)
    .map(({ index }) => index);
}

export function standInSample({ row, tokenIds, truncated, category }: Prompt, queue: PromptQueue): Sample {
  const response = Math.min(queue.responses.maxNewTokens, queue.maxResponseTokens);
  return {
    row,
    tokenIds: [...tokenIds, ...new Array<number>(response).fill(0)],
    responseStart: tokenIds.length,
    truncated,
    category,
  };
}
