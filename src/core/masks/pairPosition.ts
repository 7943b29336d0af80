import type { JackknifeReport, PairPosition } from './floorReport';
import type { Ratio, RatioMatrix } from './overlapReport';
import { symmetric } from './overlapMeasures';

/** 97.5 % quantiles of Student's t with 1, 2, ... degrees of freedom. */
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
  const blocks = leftOut.length;
  const cell = (a: number, b: number): Ratio => {
    const values = leftOut.map((matrix) => matrix[a]?.[b] ?? null);
    if (blocks < 2 || !values.every((value) => value !== null)) return null;
    const mean = values.reduce((sum, value) => sum + value, 0) / blocks;
    return Math.sqrt(((blocks - 1) / blocks) * values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  };
  return { blocks, standardError: symmetric(leftOut[0]?.length ?? 0, (a) => cell(a, a), cell) };
}

export interface PositionInput {
  /** Halves of a against halves of b. */
  readonly halves: RatioMatrix;
  /** J(half 1, half 2) of each region. */
  readonly ceilings: readonly Ratio[];
  readonly floor: RatioMatrix;
  readonly jackknife: JackknifeReport | null;
}

/**
 * (J - floor) / (ceiling - floor) for every pair, J of halves and the ceiling the mean of the two regions': both at one
 * sample size. null where one is undefined, or the ceiling is not above the floor.
 */
export function pairPositions({
  halves,
  ceilings,
  floor,
  jackknife,
}: PositionInput): (PairPosition | null)[][] {
  return halves.map((row, a) =>
    row.map((found, b) => {
      const [first, second] = [ceilings[a] ?? null, ceilings[b] ?? null];
      const least = floor[a]?.[b] ?? null;
      if (a === b || found === null || first === null || second === null || least === null) return null;
      const room = (first + second) / 2 - least;
      if (room <= 0) return null;
      const at = (iou: number): number => (iou - least) / room;
      const error = jackknife?.standardError[a]?.[b] ?? null;
      const quantile = STUDENT[(jackknife?.blocks ?? 0) - 2];
      if (error === null || quantile === undefined) return { value: at(found), low: null, high: null };
      return { value: at(found), low: at(found - quantile * error), high: at(found + quantile * error) };
    }),
  );
}

/** Mean of the four comparisons of halves; the diagonal compares a region's own two. */
export function halvesMatrix(regions: number, iouOf: (set: number, other: number) => Ratio): RatioMatrix {
  return symmetric(
    regions,
    (a) => iouOf(2 * a, 2 * a + 1),
    (a, b) => {
      const four = [0, 1].flatMap((i) => [0, 1].map((j) => iouOf(2 * a + i, 2 * b + j)));
      return four.every((value) => value !== null) ? four.reduce((sum, value) => sum + value, 0) / 4 : null;
    },
  );
}
