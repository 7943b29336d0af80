import type { FloorModel } from '../stats/floorModel';
import type { FamilyCounts } from './familyCounts';
import type { MeasuredFloors, UtilityTwin } from './floorReport';
import { jaccard, symmetric } from './overlapMeasures';

/**
 * How much of the regions is utility, from counts that are there already: |A and U| = |A| - |A \ U|, of pairs too.
 * Intervals of layers have no utility region, and so neither has their floor.
 */
export function utilityTwin(
  { units, utilitySize, plain, isolated }: FamilyCounts,
  floors: FloorModel,
): UtilityTwin & Pick<MeasuredFloors, 'randomUtilityTwin' | 'randomUtilityShare'> {
  if (!isolated || utilitySize === null) {
    return { utilityTwin: null, utilityShare: null, randomUtilityTwin: null, randomUtilityShare: null };
  }
  const sizes = Array.from(plain.sizes);
  const shared = sizes.map((size, a) => size - (isolated.sizes[a] ?? 0));
  const share = (all: number, outside: number): number | null => (all === 0 ? null : (all - outside) / all);
  return {
    utilityTwin: sizes.map((size, a) => jaccard(shared[a] ?? 0, size, utilitySize)),
    utilityShare: symmetric(
      sizes.length,
      (a) => share(sizes[a] ?? 0, isolated.sizes[a] ?? 0),
      (a, b) => {
        const pair = a * sizes.length + b;
        return share(plain.pairs[pair] ?? 0, isolated.pairs[pair] ?? 0);
      },
    ),
    randomUtilityTwin: sizes.map((size) => floors.jaccard(units, size, utilitySize)),
    randomUtilityShare: units === 0 ? null : utilitySize / units,
  };
}
