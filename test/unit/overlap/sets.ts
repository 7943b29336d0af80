import { bitsetOf, unitsOf } from '../../../src/core/masks/bitset';
import { overlapRegions, type RegionSource } from '../../../src/core/masks/overlap';
import type { MethodOverlap } from '../../../src/core/masks/overlapReport';
import { parseParamName } from '../../../src/core/model/paramNames';

/** Module name -> units, and a region as module name -> its units in the region. */
export type Universe = Readonly<Record<string, number>>;
export type Units = Readonly<Record<string, readonly number[]>>;

export function source(id: string, universe: Universe, region: Units): RegionSource {
  return {
    id,
    modules: Object.entries(universe).map(([name, units]) => ({ name, units })),
    read: (name) => Promise.resolve(bitsetOf(universe[name]!, region[name] ?? [])),
  };
}

export interface Family {
  readonly universe: Universe;
  readonly regions: readonly Units[];
  readonly utility?: Units;
}

export function overlapOf({ universe, regions, utility }: Family, simd = true): Promise<MethodOverlap> {
  return overlapRegions(
    regions.map((region, i) => source(`D${i}`, universe, region)),
    { locate: parseParamName, simd, ...(utility ? { utility: source('Du', universe, utility) } : {}) },
  );
}

/** One module of ten units. */
export const TEN: Universe = { 'model.layers.0.self_attn.q_proj.weight': 10 };
export const inTen = (...units: number[]): Units => ({ 'model.layers.0.self_attn.q_proj.weight': units });

/** The definitions, on plain sets of "module:unit". */
export function plainSets({ regions }: Pick<Family, 'regions'>): Set<string>[] {
  return regions.map(
    (region) =>
      new Set(Object.entries(region).flatMap(([name, units]) => units.map((unit) => `${name}:${unit}`))),
  );
}

export function iouOf(sets: readonly Set<string>[]): number | null {
  const union = new Set(sets.flatMap((set) => [...set]));
  const common = [...union].filter((unit) => sets.every((set) => set.has(unit)));
  return union.size === 0 ? null : common.length / union.size;
}

export const without = (sets: readonly Set<string>[], removed: Set<string>): Set<string>[] =>
  sets.map((set) => new Set([...set].filter((unit) => !removed.has(unit))));

export { unitsOf };
