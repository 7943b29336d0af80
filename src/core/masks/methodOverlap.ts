import { remembering, uniformSets, type FloorModel } from '../stats/floorModel';
import { convergence, type ConvergingFamily } from './convergence';
import { sumFamilyCounts, type FamilyCounts, type SetCounts } from './familyCounts';
import { NOT_MEASURED } from './floorReport';
import {
  dice,
  jaccard,
  meanMatrix,
  overlapCoefficient,
  pairMatrix,
  ratioCurve,
  symmetric,
} from './overlapMeasures';
import type {
  GroupOverlap,
  MethodOverlap,
  OverlapMeasures,
  RandomFloors,
  RatioMatrix,
} from './overlapReport';
import { utilityTwin } from './utilityTwin';

/** Counts of one part of the universe, and of what it is made of. */
export interface PartCounts {
  /** Group of the profile by module; null where the part is no single kind of module. */
  readonly module: string | null;
  readonly counts: FamilyCounts;
  /** Of every attention head of the part, where they were counted. */
  readonly heads?: { readonly key: string; readonly counts: readonly FamilyCounts[] };
}

/** One tensor of the regions, for instance one matrix: what macro means and profiles are taken over. */
export interface ModuleCounts extends PartCounts {
  /** null where it lies outside the layers. */
  readonly layer: number | null;
  /** Modules that this one is made of; the profile by module is taken of these. */
  readonly parts?: readonly PartCounts[];
  /** A second group of the profile by module. */
  readonly factor?: string;
}

export interface FamilyNames {
  readonly payload: MethodOverlap['payload'];
  /** In the order of the counted sets. */
  readonly regionIds: readonly string[];
  readonly utilityId: string | null;
  /** In which the n-way counts were taken. */
  readonly order: readonly number[];
  /** By chance at the achieved sizes; sets of any units where left out. */
  readonly floors?: FloorModel;
  /** |M| and |S_a and M| of the region M of the largest weights. */
  readonly magnitude?: { readonly size: number; readonly shared: readonly number[] } | null;
  readonly notes?: readonly string[];
}

export const UNIT_OF = { weights: 'weight', lora: 'weight', neurons: 'neuron', layers: 'layer' } as const;

/**
 * The report of one method from counts alone: the same for weights, neurons and layers.
 * @throws RangeError where there is no module
 */
export function methodOverlap(names: FamilyNames, modules: readonly ModuleCounts[]): MethodOverlap {
  const total = sumFamilyCounts(modules.map(({ counts }) => counts));
  const { units, plain, isolated, utilitySize } = total;
  const { order } = names;
  const floorOf = remembering(names.floors ?? uniformSets);
  const plainParts = modules.map(({ counts }) => ({ units: counts.units, sets: counts.plain }));
  const floors = randomFloors(units, plain, plainParts, order, floorOf);
  const found = measures(plain, plainParts);
  const twin = utilityTwin(total, floorOf);
  const magnitude = names.magnitude ?? null;
  const sizes = Array.from(plain.sizes);
  let isoUtility: OverlapMeasures | null = null;
  let isoFloors: RandomFloors | null = null;
  let isoFamily: ConvergingFamily | null = null;
  if (isolated && utilitySize !== null) {
    const isoParts = modules.flatMap(({ counts }) =>
      counts.isolated ? [{ units: counts.units - (counts.utilitySize ?? 0), sets: counts.isolated }] : [],
    );
    isoUtility = measures(isolated, isoParts);
    isoFloors = randomFloors(units - utilitySize, isolated, isoParts, order, floorOf);
    isoFamily = {
      units: units - utilitySize,
      counts: isolated,
      measures: isoUtility,
      floors: isoFloors,
    };
  }
  return {
    payload: names.payload,
    unit: UNIT_OF[names.payload],
    universe: units,
    regions: names.regionIds.map((id, a) => ({
      id,
      size: plain.sizes[a] ?? 0,
      density: (plain.sizes[a] ?? 0) / units,
      isolatedSize: isolated?.sizes[a] ?? null,
    })),
    utility:
      names.utilityId !== null && utilitySize !== null ? { id: names.utilityId, size: utilitySize } : null,
    order: order.map((a) => names.regionIds[a] ?? ''),
    ...found,
    isoUtility,
    byLayer: profile(modules, ({ layer }) => (layer === null ? null : String(layer)), floorOf),
    byModule: profile(modules.flatMap(groupsOf), ({ module }) => module, floorOf),
    byHead: headProfile(modules, floorOf),
    convergence: convergence({ units, counts: plain, measures: found, floors }, isoFamily, floorOf),
    dice: pairMatrix(plain, dice),
    overlapCoefficient: pairMatrix(plain, overlapCoefficient),
    utilityTwin: twin.utilityTwin,
    utilityShare: twin.utilityShare,
    similarity: null,
    baselines: {
      ...floors,
      randomDice: floorMatrix(units, plain, floorOf.dice),
      randomOverlapCoefficient: floorMatrix(units, plain, floorOf.overlapCoefficient),
      isoUtility: isoFloors,
      randomProcedure: null,
      ...NOT_MEASURED,
      randomUtilityTwin: twin.randomUtilityTwin,
      randomUtilityShare: twin.randomUtilityShare,
      magnitudeIou:
        magnitude && sizes.map((size, a) => jaccard(magnitude.shared[a] ?? 0, size, magnitude.size)),
      randomMagnitudeIou: magnitude && sizes.map((size) => floorOf.jaccard(units, size, magnitude.size)),
    },
    notes: [...(names.notes ?? [])],
  };
}

interface Part {
  readonly units: number;
  readonly sets: SetCounts;
}

function measures(total: SetCounts, parts: readonly Part[]): OverlapMeasures {
  const last = total.sizes.length - 1;
  if (
    total.forwardAnd[last] !== total.backwardAnd[last] ||
    total.forwardOr[last] !== total.backwardOr[last]
  ) {
    throw new Error('The n-way overlap of all regions depends on their order: a fault in counting.');
  }
  return {
    pairwise: pairMatrix(total, jaccard),
    pairwiseMacro: meanMatrix(parts.map(({ sets }) => pairMatrix(sets, jaccard))),
    forward: ratioCurve(total.forwardAnd, total.forwardOr),
    backward: ratioCurve(total.backwardAnd, total.backwardOr),
  };
}

function randomFloors(
  units: number,
  total: SetCounts,
  parts: readonly Part[],
  order: readonly number[],
  floorOf: FloorModel,
): RandomFloors {
  const sizes = order.map((a) => total.sizes[a] ?? 0);
  return {
    randomPairwise: floorMatrix(units, total, floorOf.jaccard),
    randomPairwiseMacro: meanMatrix(parts.map((part) => floorMatrix(part.units, part.sets, floorOf.jaccard))),
    randomForward: floorOf.curve(units, sizes),
    randomBackward: floorOf.curve(units, sizes.toReversed()),
  };
}

function floorMatrix(units: number, { sizes }: SetCounts, floor: FloorModel['jaccard']): RatioMatrix {
  const sizeOf = (a: number): number => sizes[a] ?? 0;
  return symmetric(
    sizes.length,
    (a) => (sizeOf(a) === 0 ? null : 1),
    (a, b) => floor(units, sizeOf(a), sizeOf(b)),
  );
}

const partsOf = (module: ModuleCounts): readonly PartCounts[] => module.parts ?? [module];

/** The groups of the profile by module that a tensor belongs to. */
const groupsOf = (module: ModuleCounts): readonly PartCounts[] => [
  ...partsOf(module),
  ...(module.factor === undefined ? [] : [{ module: module.factor, counts: module.counts }]),
];

function profile<P extends PartCounts>(
  parts: readonly P[],
  keyOf: (part: P) => string | null,
  floorOf: FloorModel,
): Record<string, GroupOverlap> {
  const groups = new Map<string, FamilyCounts[]>();
  for (const part of parts) {
    const key = keyOf(part);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(part.counts);
    else groups.set(key, [part.counts]);
  }
  return Object.fromEntries(
    Array.from(groups, ([key, counts]) => [key, groupOverlap(sumFamilyCounts(counts), floorOf)]),
  );
}

const groupOverlap = ({ units, plain }: FamilyCounts, floorOf: FloorModel): GroupOverlap => ({
  pairwise: pairMatrix(plain, jaccard),
  randomPairwise: floorMatrix(units, plain, floorOf.jaccard),
});

function headProfile(modules: readonly ModuleCounts[], floorOf: FloorModel): MethodOverlap['byHead'] {
  const byHead: MethodOverlap['byHead'] = {};
  for (const module of modules) {
    if (module.layer === null) continue;
    for (const { heads } of partsOf(module)) {
      if (!heads) continue;
      const layer = (byHead[String(module.layer)] ??= {});
      layer[heads.key] = Object.fromEntries(
        heads.counts.map((counts, head) => [String(head), groupOverlap(counts, floorOf)]),
      );
    }
  }
  return byHead;
}
