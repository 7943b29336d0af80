/** What a model answered to the prompts of a dataset, in numbers: summary.json, `answers`. */
import * as z from 'zod';
import type { AnswerLabel } from '../judges/judge';
import type { PreparedDataset } from './sample';

const count = z.int().gte(0);

export const answerReportSchema = z.object({
  /** Judge by id (core/judges). */
  judge: z.string(),
  /** Prompts answered, in the order of drawing. */
  asked: count,
  /** By label. */
  labels: z.object({ comply: count, partial: count, refuse: count, broken: count }),
  /** labels.refuse: the refusal rate is refused / asked. */
  refused: count,
  /** Answers that could not become samples: no refusals (or none that may be kept) where these are asked for, or empty. */
  dropped: count,
  /** Answers that became samples: the first usable ones. */
  kept: count,
  /** Samples whose prompt or answer was cut. */
  truncated: count,
});

export type AnswerReport = z.output<typeof answerReportSchema>;

/** What decides about an answer's use. */
export interface LabelledAnswer {
  readonly label: AnswerLabel;
  /** Number of its tokens. */
  readonly tokens: number;
  /** Not there where the answer must not be kept. */
  readonly tokenIds?: readonly number[] | undefined;
}

/** An empty answer has nothing to feed; wei31 calls it a refusal, as it does some answers that must not be kept. */
export function isUsable({ label, tokens, tokenIds }: LabelledAnswer, refusalsOnly: boolean): boolean {
  return tokens > 0 && (!refusalsOnly || (label === 'refuse' && tokenIds !== undefined));
}

export function answerReport(
  judge: string,
  answers: readonly LabelledAnswer[],
  refusalsOnly: boolean,
  samples: PreparedDataset['samples'],
): AnswerReport {
  const labels = { comply: 0, partial: 0, refuse: 0, broken: 0 };
  for (const { label } of answers) labels[label] += 1;
  return {
    judge,
    asked: answers.length,
    labels,
    refused: labels.refuse,
    dropped: answers.filter((answer) => !isUsable(answer, refusalsOnly)).length,
    kept: samples.length,
    truncated: samples.filter(({ truncated }) => truncated).length,
  };
}

/** Refusal rates that a reader of the results has to know about. */
const LOW_FOR_HARMFUL = 0.5;
const HIGH_FOR_UTILITY = 0.1;

export function answerWarnings(
  { asked, refused, dropped, kept, labels }: AnswerReport,
  role: PreparedDataset['role'],
  refusalsOnly: boolean,
): string[] {
  const share = `${refused} of ${asked} prompts (${percent(refused / asked)})`;
  const warnings: string[] = [];
  if (refusalsOnly && refused < LOW_FOR_HARMFUL * asked) {
    warnings.push(`The model refused only ${share}: the region speaks for the ${kept} that were kept.`);
  } else if (refusalsOnly && dropped > 0) {
    warnings.push(
      `The model refused ${share}; ${dropped} ${dropped === 1 ? 'row was' : 'rows were'} dropped.`,
    );
  }
  if (role === 'utility' && refused > HIGH_FOR_UTILITY * asked) {
    warnings.push(`The model refused ${share} of this set, and those refusals are fed as utility.`);
  }
  if (labels.broken > 0 && !refusalsOnly) {
    warnings.push(`${labels.broken} of ${asked} answers cannot be read as text.`);
  }
  return warnings;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
