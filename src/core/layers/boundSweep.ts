/** One candidate of a bound, and the prompts refused with it. */
export interface SweepPoint {
  readonly bound: number;
  readonly refused: number;
}

export interface BoundLimits {
  readonly least: number;
  readonly most: number;
}

/** `count` bounds around `centre` (an even count has one more above), without those outside least..most. */
export function boundCandidates(centre: number, count: number, { least, most }: BoundLimits): number[] {
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

/**
 * Counts of all candidates, by bound. Where the best is the outermost one, the next bound is tried too, until it is no
 * longer or the model ends: the published lower sweep of Llama-2 lies wholly below the layer that its upper one began
 * with. (A single candidate is left alone.)
 */
export async function sweepBound(
  settings: {
    readonly centre: number;
    readonly candidates: number;
    readonly limits: BoundLimits;
    readonly alpha: number;
  },
  count: (bound: number) => Promise<number>,
): Promise<SweepPoint[]> {
  const { centre, candidates, limits, alpha } = settings;
  const sweep: SweepPoint[] = [];
  for (const bound of boundCandidates(centre, candidates, limits)) {
    sweep.push({ bound, refused: await count(bound) });
  }
  while (candidates > 1) {
    const best = bestBound(sweep, centre, alpha);
    const [lowest, highest] = [sweep[0]?.bound ?? best, sweep.at(-1)?.bound ?? best];
    if (best === lowest && best < centre && best > limits.least) {
      sweep.unshift({ bound: best - 1, refused: await count(best - 1) });
    } else if (best === highest && best > centre && best < limits.most) {
      sweep.push({ bound: best + 1, refused: await count(best + 1) });
    } else {
      break;
    }
  }
  return sweep;
}
