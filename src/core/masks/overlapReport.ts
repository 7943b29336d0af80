/** What `overlap --json` prints. Additions are welcome; a change that breaks readers bumps `schemaVersion`. */

/** A ratio, or null where it is undefined: the union (of an overlap coefficient: the smaller set) is empty. */
export type Ratio = number | null;
/** Symmetric, in the order of `regions`. */
export type RatioMatrix = Ratio[][];

export interface OverlapReport {
  schemaVersion: 1;
  methods: Record<string, MethodOverlap>;
}

export interface MethodOverlap {
  unit: 'weight' | 'neuron' | 'layer';
  /** Units that a region could have held. */
  universe: number;
  regions: RegionSize[];
  utility: { id: string; size: number } | null;
  /** Micro IoU: counts are summed over modules, then divided. */
  pairwise: RatioMatrix;
  /** Mean of the modules' IoUs, those with an empty union left out. */
  pairwiseMacro: RatioMatrix;
  /** n-way micro IoU of the first 1, 2, ... regions, and of the last 1, 2, ...: both end with all of them. */
  forward: Ratio[];
  backward: Ratio[];
  /** The same after the utility region was taken out of every region; null without one. */
  isoUtility: OverlapMeasures | null;
  byLayer: Record<string, GroupOverlap>;
  byModule: Record<string, GroupOverlap>;
  /** Layer -> module -> head; empty as long as counts are taken by whole modules. */
  byHead: Record<string, Record<string, Record<string, GroupOverlap>>>;
  dice: RatioMatrix;
  overlapCoefficient: RatioMatrix;
  /** Similarity of the datasets themselves; not measured yet. */
  similarity: null;
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

export interface RandomFloors {
  /** E[J] for fixed sizes over the whole universe, exactly. The diagonal is a region with itself. */
  randomPairwise: RatioMatrix;
  /** Mean over modules of E[J] at each module's own sizes: the floor of `pairwiseMacro`. */
  randomPairwiseMacro: RatioMatrix;
  /** Independent regions at the achieved densities: product q / (1 - product (1 - q)). */
  randomForward: Ratio[];
  randomBackward: Ratio[];
}

export interface OverlapBaselines extends RandomFloors {
  randomDice: RatioMatrix;
  randomOverlapCoefficient: RatioMatrix;
  /** Floors of `isoUtility`: densities inside the complement of the utility region, |S \ U| / |universe \ U|. */
  isoUtility: RandomFloors | null;
  /** Regions of the largest |W|, which need no data; not measured yet. */
  magnitudeFloor: null;
  /** Two disjoint draws from one dataset; not measured yet. */
  splitHalfCeiling: null;
}
