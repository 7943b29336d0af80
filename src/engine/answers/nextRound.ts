/** Small rounds would load the model's weights for a handful of prompts. */
const LEAST = 8;

export interface RoundState {
  readonly asked: number;
  /** Of the asked, those that can become samples. */
  readonly usable: number;
  /** Samples wanted. */
  readonly count: number;
  /** Prompts there are. */
  readonly total: number;
}

/**
 * How many prompts to ask next: first as many as are wanted, then as many as the share of usable answers so far
 * suggests, at most doubling. A function of the answers alone: an interrupted run asks the same prompts.
 */
export function nextRound({ asked, usable, count, total }: RoundState): number {
  const missing = count - usable;
  if (missing <= 0) return 0;
  if (asked === 0) return Math.min(count, total);
  // Laplace's estimate: never 0.
  const share = (usable + 1) / (asked + 2);
  const wanted = Math.max(LEAST, Math.min(asked, Math.ceil(missing / share)));
  return Math.min(total - asked, wanted);
}
