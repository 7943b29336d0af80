/** What an IoU is to be judged against, beyond chance: the fields that `overlap --json` has of it. */
import type { Ratio, RatioMatrix } from './overlapReport';

/**
 * Is what regions have in common about safety? Where J(S_a, S_b) is about J(S_a, U), nothing specific to safety was
 * found. null without a utility region.
 */
export interface UtilityTwin {
  /** J(S_i, U), in the order of `regions`. */
  utilityTwin: Ratio[] | null;
  /** |S_a and S_b and U| / |S_a and S_b|, in [0, 1]; null where the two have nothing in common. */
  utilityShare: RatioMatrix | null;
}

/** Measured floors and ceilings. null: not measured, or undefined. */
export interface MeasuredFloors extends MeasuredCeilings {
  /** E[J] of `utilityTwin` for random regions of the sizes found. */
  randomUtilityTwin: Ratio[] | null;
  /** What `utilityShare` would be if U were any set of its size: |U| / universe. */
  randomUtilityShare: Ratio;
  /** J(S_i, M): M is the share of the largest |W| by the run's own scope, which needs no data. */
  magnitudeIou: Ratio[] | null;
  /** E[J] of it for random regions of the sizes found. */
  randomMagnitudeIou: Ratio[] | null;
  /**
   * What unrelated datasets share because |W| is the same for all: mean micro IoU over `magnitudeFloorDraws.draws`
   * draws in which each dataset's input norms (Wanda) or mean |dL/dW| (SNIP) are permuted within every module. SNIP and
   * Wanda only. The diagonal is 1, or null for a region of no weight; null across runs.
   */
  magnitudeFloor: RatioMatrix | null;
  /** Standard error of that mean, over the draws. */
  magnitudeFloorError: RatioMatrix | null;
  /** The same outside the utility region, permuted like the others: floor of `isoUtility.pairwise`. */
  magnitudeFloorIsoUtility: RatioMatrix | null;
  magnitudeFloorIsoUtilityError: RatioMatrix | null;
  magnitudeFloorDraws: { draws: number; rowsPerModule: number; sampledWeights: number } | null;
  /** The ceilings and positions below, of what of the regions lies outside the utility region; null without one. */
  ceilingsIsoUtility: MeasuredCeilings | null;
}

/**
 * What noise leaves: two samples of one dataset against one another, and pairs of datasets between that and a floor.
 * Halves are two parts of the samples; draws are the samples and as many others of the same dataset.
 */
export interface MeasuredCeilings {
  /** J(half 1, half 2) of each dataset's samples, in the order of `regions`: what noise leaves at half the samples. */
  splitHalfCeiling: Ratio[] | null;
  /** Halves of a against halves of b, mean of the four; the diagonal is `splitHalfCeiling`. Same sample sizes as it. */
  halvesPairwise: RatioMatrix | null;
  /** J(draw 1, draw 2) of each dataset, draw 1 being the region itself: what noise leaves at all the samples. */
  secondDrawCeiling: Ratio[] | null;
  /** Draws of a against draws of b, mean of the four; the diagonal is `secondDrawCeiling`. */
  drawsPairwise: RatioMatrix | null;
  /** Of the IoU of pairs, leaving out one of disjoint blocks of the samples at a time. */
  jackknife: JackknifeReport | null;
  /** Of each pair between floor and split-half ceiling. The diagonal and pairs without either are null. */
  position: (PairPosition | null)[][] | null;
  /** Which floor `position` starts from: of those that are known, the one nearest to how the method selects. */
  positionFloor: FloorKind | null;
  /** Of each pair between floor and second-draw ceiling. */
  drawsPosition: (PairPosition | null)[][] | null;
  drawsPositionFloor: FloorKind | null;
}

export type FloorKind = 'magnitude' | 'procedure' | 'random';

export interface JackknifeReport {
  blocks: number;
  /** sqrt((g - 1) / g sum of squared deviations) over the g values that leave a block out of both datasets. */
  standardError: RatioMatrix;
}

/**
 * (J - floor) / (ceiling - floor), not clamped: 0 at the floor, 1 at the ceiling. J and ceiling are of samples of one size;
 * the ceiling is the mean of the two datasets'. `low` and `high` are the 95 % interval (Student's t) of the jackknife of the
 * whole ratio, with the standard error of an estimated floor added. null without a jackknife.
 */
export interface PairPosition {
  value: number;
  floor: number;
  low: number | null;
  high: number | null;
}

const NO_CEILINGS: MeasuredCeilings = {
  splitHalfCeiling: null,
  halvesPairwise: null,
  secondDrawCeiling: null,
  drawsPairwise: null,
  jackknife: null,
  position: null,
  positionFloor: null,
  drawsPosition: null,
  drawsPositionFloor: null,
};

export const NOT_MEASURED: MeasuredFloors = {
  randomUtilityTwin: null,
  randomUtilityShare: null,
  magnitudeIou: null,
  randomMagnitudeIou: null,
  magnitudeFloor: null,
  magnitudeFloorError: null,
  magnitudeFloorIsoUtility: null,
  magnitudeFloorIsoUtilityError: null,
  magnitudeFloorDraws: null,
  ...NO_CEILINGS,
  ceilingsIsoUtility: null,
};
