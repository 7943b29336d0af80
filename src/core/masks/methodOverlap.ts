import {
  expectedDice,
  expectedJaccard,
  expectedOverlapCoefficient,
  independentJaccardCurve,
} from '../stats/randomOverlap';
import { sumFamilyCounts, type FamilyCounts, type SetCounts } from './familyCounts';
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
  Ratio,
  RatioMatrix,
} from './overlapReport';

/** One part of the universe, for instance the weights of one matrix: what macro means and profiles are taken over. */
export interface ModuleCounts {
  /** null where the part lies outside the layers, or is no single kind of module. */
  readonly layer: number | null;
  readonly module: string | null;
  readonly counts: FamilyCounts;
  /** Modules that this one is made of; the profile by module is taken of these. */
  readonly parts?: readonly { readonly module: string; readonly counts: FamilyCounts }[];
}

export interface FamilyNames {
  readonly unit: MethodOverlap['unit'];
  /** In the order of the counted sets. */
  readonly regionIds: readonly string[];
  readonly utilityId: string | null;
  readonly notes?: readonly string[];
}

type Jaccard = (universe: number, a: number, b: number) => Ratio;

/**
 * The report of one method from counts alone: the same for weights, neurons and layers.
 * @throws RangeError where there is no module
 */
export function methodOverlap(names: FamilyNames, modules: readonly ModuleCounts[]): MethodOverlap {
  const total = sumFamilyCounts(modules.map(({ counts }) => counts));
  const { units, plain, isolated, utilitySize } = total;
  const floorOf = rememberingJaccard();
  const plainParts = modules.map(({ counts }) => ({ units: counts.units, sets: counts.plain }));
  const floors = randomFloors(units, plain, plainParts, floorOf);
  let isoUtility: OverlapMeasures | null = null;
  let isoFloors: RandomFloors | null = null;
  if (isolated && utilitySize !== null) {
    const isoParts = modules.flatMap(({ counts }) =>
      counts.isolated ? [{ units: counts.units - (counts.utilitySize ?? 0), sets: counts.isolated }] : [],
    );
    isoUtility = measures(isolated, isoParts);
    isoFloors = randomFloors(units - utilitySize, isolated, isoParts, floorOf);
  }
  return {
    unit: names.unit,
    universe: units,
    regions: names.regionIds.map((id, a) => ({
      id,
      size: plain.sizes[a] ?? 0,
      density: (plain.sizes[a] ?? 0) / units,
      isolatedSize: isolated?.sizes[a] ?? null,
    })),
    utility:
      names.utilityId !== null && utilitySize !== null ? { id: names.utilityId, size: utilitySize } : null,
    ...measures(plain, plainParts),
    isoUtility,
    byLayer: profile(modules, ({ layer }) => (layer === null ? null : String(layer)), floorOf),
    byModule: profile(modules.flatMap(partsOf), ({ module }) => module, floorOf),
    byHead: {},
    dice: pairMatrix(plain, dice),
    overlapCoefficient: pairMatrix(plain, overlapCoefficient),
    similarity: null,
    baselines: {
      ...floors,
      randomDice: floorMatrix(units, plain, expectedDice),
      randomOverlapCoefficient: floorMatrix(units, plain, expectedOverlapCoefficient),
      isoUtility: isoFloors,
      magnitudeFloor: null,
      splitHalfCeiling: null,
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
  floorOf: Jaccard,
): RandomFloors {
  // With no unit outside the utility region every set is empty: density 0, and the floor is undefined like the IoU.
  const densities = Array.from(total.sizes, (size) => (size === 0 ? 0 : size / units));
  return {
    randomPairwise: floorMatrix(units, total, floorOf),
    randomPairwiseMacro: meanMatrix(parts.map((part) => floorMatrix(part.units, part.sets, floorOf))),
    randomForward: independentJaccardCurve(densities),
    randomBackward: independentJaccardCurve(densities.toReversed()),
  };
}

function floorMatrix(units: number, { sizes }: SetCounts, floor: Jaccard): RatioMatrix {
  const sizeOf = (a: number): number => sizes[a] ?? 0;
  return symmetric(
    sizes.length,
    (a) => (sizeOf(a) === 0 ? null : 1),
    (a, b) => floor(units, sizeOf(a), sizeOf(b)),
  );
}

/** Most regions have one size (the selection fixes it), so most pairs ask for the same expectation. */
function rememberingJaccard(): Jaccard {
  const known = new Map<string, Ratio>();
  return (units, a, b) => {
    const key = `${units} ${Math.min(a, b)} ${Math.max(a, b)}`;
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = expectedJaccard(units, a, b)));
    return value;
  };
}

const partsOf = ({ layer, module, counts, parts }: ModuleCounts): ModuleCounts[] =>
  parts?.map((part) => ({ layer, ...part })) ?? [{ layer, module, counts }];

function profile(
  modules: readonly ModuleCounts[],
  keyOf: (module: ModuleCounts) => string | null,
  floorOf: Jaccard,
): Record<string, GroupOverlap> {
  const groups = new Map<string, FamilyCounts[]>();
  for (const module of modules) {
    const key = keyOf(module);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(module.counts);
    else groups.set(key, [module.counts]);
  }
  return Object.fromEntries(
    Array.from(groups, ([key, parts]) => {
      const { units, plain } = sumFamilyCounts(parts);
      return [
        key,
        { pairwise: pairMatrix(plain, jaccard), randomPairwise: floorMatrix(units, plain, floorOf) },
      ];
    }),
  );
}
