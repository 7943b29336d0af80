/**
 * What became of a prompt. `partial`: part of an answer beside a refusal. `broken`: nothing that can be read as
 * either. A judge need not tell all four apart.
 */
export const ANSWER_LABELS = ['comply', 'partial', 'refuse', 'broken'] as const;
export type AnswerLabel = (typeof ANSWER_LABELS)[number];

export interface RefusalJudge {
  /** As `responses.judge` names it. */
  readonly id: string;
  readonly title: string;
  /** @param answer the decoded answer without special tokens; any string */
  judge(answer: string): AnswerLabel;
}
