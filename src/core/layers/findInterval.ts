import { alphaSteps, givenAlpha, searchAlpha, type AlphaChoice } from './alphaSearch';
import { bestBound, boundCandidates, sweepBound, type BoundLimits, type SweepPoint } from './boundSweep';
import type { LayerInterval } from './interval';

/** Of every prompt of the over-rejection set, 1 where it was refused. */
export type Refusals = Uint8Array;

/** Answers under layers of `interval` scaled by `alpha`; the same question twice costs nothing. */
export type AskScaled = (interval: LayerInterval, alpha: number) => Promise<Refusals>;

export interface IntervalSettings {
  readonly layers: number;
  readonly items: number;
  readonly candidate: LayerInterval;
  readonly alpha: 'search' | number;
  readonly direction: 'up' | 'down';
  readonly reach: number;
  /** Candidates of a bound. */
  readonly candidates: number;
}

export interface FoundInterval {
  readonly interval: LayerInterval;
  readonly alpha: AlphaChoice;
  readonly sweeps: { readonly upper: readonly SweepPoint[]; readonly lower: readonly SweepPoint[] };
  /** One bound moved by one layer. */
  readonly neighbours: readonly { readonly interval: LayerInterval; readonly refused: number }[];
}

export const refusedCount = (refusals: Refusals): number =>
  refusals.reduce((sum, refused) => sum + refused, 0);

/**
 * METHODS.md 1.4, step C: alpha from the sweep of the last layer with the candidate's first one, then the last layer
 * from that sweep, then the first layer with the last one found.
 */
export async function findInterval(settings: IntervalSettings, ask: AskScaled): Promise<FoundInterval> {
  const { layers, items, candidates } = settings;
  const [i, j] = settings.candidate;
  const upperBounds = boundCandidates(j, candidates, { least: i, most: layers - 1 });
  const upperCounts = (alpha: number): Promise<number[]> =>
    inTurn(upperBounds, async (bound) => refusedCount(await ask([i, bound], alpha)));
  const alpha =
    settings.alpha === 'search'
      ? await searchAlpha(alphaSteps(settings.direction, settings.reach), items, upperCounts)
      : await givenAlpha(settings.alpha, items, upperCounts);
  const count = async (interval: LayerInterval): Promise<number> =>
    refusedCount(await ask(interval, alpha.chosen));
  const sweep = (centre: number, limits: BoundLimits, at: (bound: number) => LayerInterval) =>
    sweepBound({ centre, candidates, limits, alpha: alpha.chosen }, (bound) => count(at(bound)));
  const upper = await sweep(j, { least: i, most: layers - 1 }, (bound) => [i, bound]);
  const last = bestBound(upper, j, alpha.chosen);
  const lower = await sweep(i, { least: 0, most: last }, (bound) => [bound, last]);
  const interval: LayerInterval = [bestBound(lower, i, alpha.chosen), last];
  const neighbours = await inTurn(neighboursOf(interval, layers), async (near) => ({
    interval: near,
    refused: await count(near),
  }));
  return { interval, alpha, sweeps: { upper, lower }, neighbours };
}

function neighboursOf([first, last]: LayerInterval, layers: number): LayerInterval[] {
  const near: LayerInterval[] = [
    [first - 1, last],
    [first + 1, last],
    [first, last - 1],
    [first, last + 1],
  ];
  return near.filter(([a, b]) => a >= 0 && b < layers && a <= b);
}

async function inTurn<T, R>(items: readonly T[], make: (item: T) => Promise<R>): Promise<R[]> {
  const made: R[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}
