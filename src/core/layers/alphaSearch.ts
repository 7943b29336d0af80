import { meanAndSd } from './moments';

/** Refusal counts of the upper bound's sweep at one alpha, and their standard deviation (ddof 1). */
export interface TriedAlpha {
  readonly alpha: number;
  readonly counts: readonly number[];
  readonly sd: number;
}

export interface AlphaChoice {
  readonly chosen: number;
  readonly tried: readonly TriedAlpha[];
  /** The sd of counts that is asked for, scaled to the number of items. */
  readonly band: readonly [low: number, high: number];
  /** given: by the user. reached: sd within the band. above: it jumped over the band. none: the largest sd was taken. */
  readonly outcome: 'given' | 'reached' | 'above' | 'none';
}

const STEP = 0.05;
/** The paper's "about 15-20", of counts over its 721 prompts. */
const PAPER_BAND = [15, 20] as const;
const PAPER_ITEMS = 721;

/** Counts, and so their sd where rates are equal, grow with the number of prompts. */
export const alphaBand = (items: number): readonly [number, number] => [
  (PAPER_BAND[0] * items) / PAPER_ITEMS,
  (PAPER_BAND[1] * items) / PAPER_ITEMS,
];

/** 1.05, 1.1, ... or 0.95, 0.9, ..., none further than `reach` from 1, each rounded to two decimals. */
export function alphaSteps(direction: 'up' | 'down', reach: number): number[] {
  const steps = Math.floor(reach / STEP + 1e-9);
  const sign = direction === 'up' ? 1 : -1;
  return Array.from({ length: steps }, (_, i) => Math.round(100 + sign * 100 * STEP * (i + 1)) / 100);
}

/** The first alpha at which the sd of a sweep's counts reaches the band; where none does, that of the largest sd. */
export async function searchAlpha(
  steps: readonly number[],
  items: number,
  sweep: (alpha: number) => Promise<readonly number[]>,
): Promise<AlphaChoice> {
  const band = alphaBand(items);
  const tried: TriedAlpha[] = [];
  for (const alpha of steps) {
    const last = await tryAlpha(alpha, sweep);
    tried.push(last);
    if (last.sd >= band[0]) {
      return { chosen: alpha, tried, band, outcome: last.sd <= band[1] ? 'reached' : 'above' };
    }
  }
  const [widest] = [...tried].sort((a, b) => b.sd - a.sd || Math.abs(a.alpha - 1) - Math.abs(b.alpha - 1));
  return { chosen: widest?.alpha ?? 1, tried, band, outcome: 'none' };
}

export async function givenAlpha(
  alpha: number,
  items: number,
  sweep: (alpha: number) => Promise<readonly number[]>,
): Promise<AlphaChoice> {
  return { chosen: alpha, tried: [await tryAlpha(alpha, sweep)], band: alphaBand(items), outcome: 'given' };
}

async function tryAlpha(
  alpha: number,
  sweep: (alpha: number) => Promise<readonly number[]>,
): Promise<TriedAlpha> {
  const counts = await sweep(alpha);
  return { alpha, counts, sd: meanAndSd(counts, 1).sd };
}
