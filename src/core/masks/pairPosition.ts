import type { FamilyCounts, SetCounts } from './familyCounts';
import type { JackknifeReport, PairPosition } from './floorReport';
import { jaccard, symmetric } from './overlapMeasures';
import type { Ratio, RatioMatrix } from './overlapReport';

/** 97.5 % quantiles of Student's t with 1, 2, ... degrees of freedom; more than these count as the last. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093,
];

/**
 * Delete-a-group jackknife of every pair: matrices that leave one block out of all regions each. Two regions' samples
 * are independent of one another, so leaving the blocks out pair by pair gives the variance of both together.
 * An element that is undefined without some block is null.
 */
export function jackknifeOf(leftOut: readonly RatioMatrix[]): JackknifeReport {
  const cell = (a: number, b: number): Ratio => {
    const variance = jackknifeVariance(leftOut.map((matrix) => matrix[a]?.[b] ?? null));
    return variance === null ? null : Math.sqrt(variance);
  };
  return {
    blocks: leftOut.length,
    standardError: symmetric(leftOut[0]?.length ?? 0, (a) => cell(a, a), cell),
  };
}

/** (g - 1) / g sum of squared deviations of g values; null for fewer than two, and where one is undefined. */
function jackknifeVariance(values: readonly Ratio[]): Ratio {
  const defined = values.filter((value) => value !== null);
  const blocks = values.length;
  if (blocks < 2 || defined.length < blocks) return null;
  const mean = defined.reduce((sum, value) => sum + value, 0) / blocks;
  return ((blocks - 1) / blocks) * defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** Two samples of each dataset: sets 2a and 2a + 1 are regions of dataset a. */
export interface SampleCounts extends Pick<SetCounts, 'sizes' | 'pairs'> {
  /** Units that they could hold. */
  readonly units: number;
}

/** The whole regions, or what of them lies outside the utility region. */
export const samplesOf = ({ units, plain }: FamilyCounts): SampleCounts => ({ ...plain, units });
export const samplesOutside = ({ units, utilitySize, isolated }: FamilyCounts): SampleCounts | null =>
  isolated && { ...isolated, units: units - (utilitySize ?? 0) };

/** Mean of the four comparisons of two datasets' samples; the diagonal compares a dataset's own two: the ceiling. */
export function sampleMatrix(
  { sizes }: SampleCounts,
  valueOf: (set: number, other: number) => Ratio,
): RatioMatrix {
  return symmetric(
    sizes.length / 2,
    (a) => valueOf(2 * a, 2 * a + 1),
    (a, b) => {
      const four = [0, 1].flatMap((i) => [0, 1].map((j) => valueOf(2 * a + i, 2 * b + j)));
      return four.every((value) => value !== null) ? four.reduce((sum, value) => sum + value, 0) / 4 : null;
    },
  );
}

export function sampleIou(counts: SampleCounts): RatioMatrix {
  const { sizes, pairs } = counts;
  return sampleMatrix(counts, (a, b) => {
    const pair = Math.max(a, b) * sizes.length + Math.min(a, b);
    return jaccard(pairs[pair] ?? 0, sizes[a] ?? 0, sizes[b] ?? 0);
  });
}

export interface PositionInput {
  readonly whole: SampleCounts;
  /** The same, one block of the first or the second sample left out of all datasets. None: no intervals. */
  readonly leftOut: readonly { readonly sample: number; readonly counts: SampleCounts }[];
  /** At the sizes of these sets, where it depends on them. */
  readonly floorOf: (counts: SampleCounts) => RatioMatrix;
  /** Standard error of the floor, where it is an estimate. */
  readonly floorError: RatioMatrix | null;
}

/**
 * (J - floor) / (ceiling - floor) for every pair, J and ceiling of samples of one size and the ceiling the mean of the two
 * datasets'. The interval is the jackknife's, of the whole ratio: the two samples are strata, whose variances add up, and
 * the floor's own error is added. null where something is undefined, or the ceiling is not above the floor.
 */
export function pairPositions({
  whole,
  leftOut,
  floorOf,
  floorError,
}: PositionInput): (PairPosition | null)[][] {
  const placed = ({ sample, counts }: { sample: number; counts: SampleCounts }): PlacedCounts => ({
    sample,
    iou: sampleIou(counts),
    floor: floorOf(counts),
  });
  const found = placed({ sample: 0, counts: whole });
  const others = leftOut.map(placed);
  return found.iou.map((row, a) =>
    row.map((_, b) => {
      const place = a === b ? null : placeAt(found, a, b);
      if (!place) return null;
      const error = errorAt(place, others, a, b, floorError?.[a]?.[b] ?? 0);
      const { value, floor } = place;
      if (error === null) return { value, floor, low: null, high: null };
      const degrees = Math.min(others.length - 2, STUDENT.length);
      const half = (STUDENT[degrees - 1] ?? Infinity) * error;
      return { value, floor, low: value - half, high: value + half };
    }),
  );
}

interface PlacedCounts {
  readonly sample: number;
  readonly iou: RatioMatrix;
  readonly floor: RatioMatrix;
}

interface Place {
  readonly value: number;
  readonly floor: number;
  /** d value / d floor */
  readonly slope: number;
}

function placeAt({ iou, floor }: PlacedCounts, a: number, b: number): Place | null {
  const [found, least] = [iou[a]?.[b] ?? null, floor[a]?.[b] ?? null];
  const [first, second] = [iou[a]?.[a] ?? null, iou[b]?.[b] ?? null];
  if (found === null || least === null || first === null || second === null) return null;
  const room = (first + second) / 2 - least;
  if (room <= 0) return null;
  const value = (found - least) / room;
  return { value, floor: least, slope: (value - 1) / room };
}

function errorAt(
  { slope }: Place,
  others: readonly PlacedCounts[],
  a: number,
  b: number,
  floorError: number,
): number | null {
  let variance = (slope * floorError) ** 2;
  for (const sample of [0, 1]) {
    const own = others.filter((of) => of.sample === sample);
    const added = jackknifeVariance(own.map((of) => placeAt(of, a, b)?.value ?? null));
    if (added === null) return null;
    variance += added;
  }
  return Math.sqrt(variance);
}
