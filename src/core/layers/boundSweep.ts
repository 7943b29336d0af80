/** One candidate of a bound, and the prompts refused with it. */
export interface SweepPoint {
  readonly bound: number;
  readonly refused: number;
}

/** `count` bounds around `centre` (an even count has one more above), without those outside least..most. */
export function boundCandidates(
  centre: number,
  count: number,
  { least, most }: { readonly least: number; readonly most: number },
): number[] {
  const lowest = centre - Math.floor((count - 1) / 2);
  return Array.from({ length: count }, (_, i) => lowest + i).filter(
    (bound) => bound >= least && bound <= most,
  );
}

/**
 * The bound with the most refusals over the whole sweep, or the fewest where scaling weakens the layers (alpha < 1).
 * No hill-climb: the published sweep of Llama-3 has two peaks (METHODS.md T32). Of equal counts the bound nearest to
 * `centre` wins, then the lower one: a sweep that says nothing moves nothing.
 */
export function bestBound(sweep: readonly SweepPoint[], centre: number, alpha: number): number {
  const sign = alpha < 1 ? -1 : 1;
  const [best] = [...sweep].sort(
    (a, b) =>
      sign * (b.refused - a.refused) ||
      Math.abs(a.bound - centre) - Math.abs(b.bound - centre) ||
      a.bound - b.bound,
  );
  if (!best) throw new RangeError('a sweep without candidates has no best bound');
  return best.bound;
}
