import type { PlateauFit } from '../stats/plateauFit';

/** What `overlap --json` prints. Additions are welcome; a change that breaks readers bumps `schemaVersion`. */

import type { MeasuredFloors, UtilityTwin } from './floorReport';
import type { SimilarityOverlap } from '../similarity/similarityOverlap';

/** A ratio, or null where it is undefined: the union (of an overlap coefficient: the smaller set) is empty. */
export type Ratio = number | null;
/** Symmetric, in the order of `regions`. */
export type RatioMatrix = Ratio[][];

export interface OverlapReport {
  schemaVersion: 1;
  methods: Record<string, MethodOverlap>;
  /** Methods whose regions in the runs do not hold the same units, such as neurons of two modes. */
  leftOut: { method: string; reason: string }[];
  /** null where it was not asked for, or fewer than two methods have regions that are weights or made of them. */
  crossMethod: CrossMethodOverlap | null;
}

/** Methods against one another, in a unit that they share. */
export interface CrossMethodOverlap {
  unit: 'weight';
  universe: number;
  /** In the order of the matrices below. */
  methods: string[];
  leftOut: { method: string; reason: string }[];
  /** By dataset. Sizes differ much between methods, which bounds the IoU; the overlap coefficient it does not. */
  datasets: Record<
    string,
    {
      sizes: number[];
      pairwise: RatioMatrix;
      randomPairwise: RatioMatrix;
      overlapCoefficient: RatioMatrix;
      randomOverlapCoefficient: RatioMatrix;
    }
  >;
  notes: string[];
}

export interface MethodOverlap extends UtilityTwin {
  /** What the region files hold; `lora`: weights of an adapter. */
  payload: 'weights' | 'neurons' | 'lora' | 'layers';
  unit: 'weight' | 'neuron' | 'layer';
  /** Units that a region could have held. */
  universe: number;
  regions: RegionSize[];
  utility: { id: string; size: number } | null;
  /** Micro IoU: counts are summed over modules, then divided. */
  pairwise: RatioMatrix;
  /** Mean of the modules' IoUs, those with an empty union left out. */
  pairwiseMacro: RatioMatrix;
  /** Ids in the order in which `forward` adds them; `backward` takes them from the end. */
  order: string[];
  /** n-way micro IoU of the first 1, 2, ... regions of `order`, and of the last 1, 2, ...: both end with all. */
  forward: Ratio[];
  backward: Ratio[];
  /** The same after the utility region was taken out of every region; null without one. */
  isoUtility: OverlapMeasures | null;
  byLayer: Record<string, GroupOverlap>;
  /** Of an adapter, its factors are groups as well: `lora_A` and `lora_B` beside `q_proj` and the like. */
  byModule: Record<string, GroupOverlap>;
  /**
   * Layer -> q, k, v or o -> head, counted among the heads of its kind: k and v may have fewer. Empty where it was
   * not asked for, where units have no heads, and for region files that do not say which heads the model has.
   */
  byHead: Record<string, Record<string, Record<string, GroupOverlap>>>;
  /** Whether the n-way curves settle. */
  convergence: Convergence;
  dice: RatioMatrix;
  overlapCoefficient: RatioMatrix;
  /** Of the datasets' prompts themselves, beside the IoU; null where a run does not say. */
  similarity: SimilarityOverlap | null;
  baselines: OverlapBaselines;
  /** What a reader should know, one sentence each. */
  notes: string[];
}

export interface RegionSize {
  id: string;
  size: number;
  /** size / universe */
  density: number;
  /** Units left outside the utility region; null without one. */
  isolatedSize: number | null;
  /** Of layers only: first and last, inclusive, from 0; null where no interval was found. */
  interval?: readonly [number, number] | null;
}

export interface OverlapMeasures {
  pairwise: RatioMatrix;
  pairwiseMacro: RatioMatrix;
  forward: Ratio[];
  backward: Ratio[];
}

/** Micro IoU within one layer or one kind of module, and what random regions of the sizes found there would give. */
export interface GroupOverlap {
  pairwise: RatioMatrix;
  randomPairwise: RatioMatrix;
}

export interface Convergence extends ConvergingCurves {
  /** What was fitted, and what `settled` means. */
  form: string;
  criterion: string;
  /** Outside the utility region; null without one. */
  isoUtility: ConvergingCurves | null;
}

export interface ConvergingCurves {
  forward: FittedCurve;
  backward: FittedCurve;
  /** n-way IoU over all orders of the regions at once: mean |AND| of n regions over mean |OR|. */
  allOrders: FittedCurve;
  /**
   * Mean |AND| of n regions over the mean size, over all orders. A part that all regions share keeps this from falling
   * below it, while the union, and so the IoU, goes on changing with every region's own units.
   */
  common: FittedCurve;
  /** Entry k: units that exactly k of the regions hold. */
  heldBy: number[];
  /** The same, expected of independent random regions of the same sizes. */
  randomHeldBy: number[];
}

export interface FittedCurve {
  curve: Ratio[];
  random: Ratio[];
  /** null for fewer than 3 regions, and where the curve is undefined. */
  fit: PlateauFit | null;
  randomFit: PlateauFit | null;
}

export interface RandomFloors {
  /** E[J] for fixed sizes over the whole universe, exactly. The diagonal is a region with itself. */
  randomPairwise: RatioMatrix;
  /** Mean over modules of E[J] at each module's own sizes: the floor of `pairwiseMacro`. */
  randomPairwiseMacro: RatioMatrix;
  /** Independent regions at the achieved densities: product q / (1 - product (1 - q)). */
  randomForward: Ratio[];
  randomBackward: Ratio[];
}

/** What independent prompts would give by the procedure that neurons were selected with (METHODS 2.2). */
export interface ProcedureFloor {
  /** Expected sizes, in the order of `regions`. */
  expectedSizes: number[];
  /** Ratio of expectations: E|AND| / E|OR|. */
  randomPairwise: RatioMatrix;
  randomForward: Ratio[];
  randomBackward: Ratio[];
}

export interface OverlapBaselines extends RandomFloors, MeasuredFloors {
  /** null outside SafeNeuron, and where the run does not say what it needs. */
  randomProcedure: ProcedureFloor | null;
  randomDice: RatioMatrix;
  randomOverlapCoefficient: RatioMatrix;
  /** Floors of `isoUtility`: densities inside the complement of the utility region, |S \ U| / |universe \ U|. */
  isoUtility: RandomFloors | null;
}
