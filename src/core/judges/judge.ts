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

/** A judge that may have to ask elsewhere: a model behind an endpoint, or one of the editor's. */
export interface AnswerJudge {
  readonly id: string;
  readonly title: string;
  /**
   * Everything that its labels follow from, and nothing secret: labels are kept by a hash of it. Null where a label
   * costs nothing, so that none is worth keeping.
   */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Answers that may be under way at once. */
  readonly atOnce: number;
  /**
   * @returns null where the judge said something that is no label
   * @throws ToolError where it could not be asked; `cancelled` once `signal` is aborted
   */
  judge(answer: string, signal: AbortSignal): Promise<AnswerLabel | null>;
}

/** A judge that reads on its own, where any judge will do. */
export function asAnswerJudge(own: RefusalJudge): AnswerJudge {
  const { id, title } = own;
  return { id, title, settings: null, atOnce: 1, judge: (answer) => Promise.resolve(own.judge(answer)) };
}
