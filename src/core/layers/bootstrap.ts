import { bestBound } from './boundSweep';
import type { Refusals } from './findInterval';
import type { LayerInterval } from './interval';
import type { Random } from '../stats/random';

/** What was refused with each candidate of a bound. */
export type SweepRefusals = readonly (readonly [bound: number, refusals: Refusals])[];

export interface IntervalShare {
  readonly interval: LayerInterval;
  readonly share: number;
}

/**
 * How often each interval would have come of other prompts of the same kind: the over-rejection prompts are drawn
 * with replacement, `resamples` times, and both bounds chosen anew. The lower bound is chosen from its sweep at the
 * upper bound that was found, whatever the resample's own: other pairs of bounds were not tried.
 * Most frequent first, equals by first then last layer.
 */
export function bootstrapIntervals(
  sweeps: { readonly upper: SweepRefusals; readonly lower: SweepRefusals },
  settings: {
    readonly candidate: LayerInterval;
    readonly alpha: number;
    readonly items: number;
    readonly resamples: number;
  },
  random: Random,
): IntervalShare[] {
  const { candidate, alpha, items, resamples } = settings;
  const times = new Map<string, { readonly interval: LayerInterval; count: number }>();
  for (let resample = 0; resample < resamples; resample++) {
    const weights = new Uint32Array(items);
    for (let draw = 0; draw < items; draw++) {
      const item = random.below(items);
      weights[item] = (weights[item] ?? 0) + 1;
    }
    const counted = (sweep: SweepRefusals) =>
      sweep.map(([bound, refusals]) => ({
        bound,
        refused: weights.reduce((sum, weight, item) => sum + weight * (refusals[item] ?? 0), 0),
      }));
    const last = bestBound(counted(sweeps.upper), candidate[1], alpha);
    const lower = counted(sweeps.lower).filter(({ bound }) => bound <= last);
    const interval: LayerInterval = [bestBound(lower, candidate[0], alpha), last];
    const entry = times.get(interval.join()) ?? { interval, count: 0 };
    entry.count += 1;
    times.set(interval.join(), entry);
  }
  return [...times.values()]
    .sort((a, b) => b.count - a.count || a.interval[0] - b.interval[0] || a.interval[1] - b.interval[1])
    .map(({ interval, count }) => ({ interval, share: count / resamples }));
}
