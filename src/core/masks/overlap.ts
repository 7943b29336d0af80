import { cancelledError, inputError } from '../../protocol/errors';
import type { UnitPlace } from '../model/unitNames';
import { uniformIntervals, uniformSets } from '../stats/floorModel';
import { andCount, bytesFor, hasStrayBits, popcount } from './bitset';
import { FamilyCounter, sumFamilyCounts, type FamilyCounts } from './familyCounts';
import { cutBits, cutHeads, headCut, type HeadSizes } from './headCut';
import { methodOverlap, UNIT_OF, type ModuleCounts, type PartCounts } from './methodOverlap';
import type { MethodOverlap } from './overlapReport';
import { readAhead } from './readAhead';

/** One region, read one tensor at a time: weights of a parameter, neurons of one kind in a layer, or all layers. */
export interface RegionSource {
  readonly id: string;
  /** What error messages call it: a file's path. The id where left out. */
  readonly origin?: string;
  readonly modules: readonly RegionModule[];
  /** Packed bits of the tensor: ceil(units / 8) bytes. */
  read(name: string): Promise<Uint8Array>;
}

export interface RegionModule {
  readonly name: string;
  /** Units that it could hold. */
  readonly units: number;
  /** Weights that one row holds; 1 (as left out) where a unit is a whole row or column. Heads are found by it. */
  readonly columns?: number;
  /** The modules that a fused one is made of, in the order of its units: the profile by module is taken of these. */
  readonly parts?: readonly ModulePart[];
}

export interface ModulePart {
  /** Such as q_proj. */
  readonly module: string;
  readonly units: number;
}

/** Where a tensor belongs in the profiles; null for none. */
export type Locate = (name: string) => UnitPlace | null;

export interface OverlapOptions {
  readonly locate: Locate;
  /** `weights` where left out. */
  readonly payload?: MethodOverlap['payload'];
  /** Taken out of every region for the iso-utility measures: one and the same for all. */
  readonly utility?: RegionSource | null;
  /** The largest weights, which need no data: each region's IoU with it is counted. */
  readonly magnitude?: RegionSource | null;
  /** Indices of the regions in the order of the n-way measures; as they come where left out. */
  readonly order?: readonly number[];
  /** Count by attention head as well; the heads of the model. */
  readonly heads?: HeadSizes | null;
  readonly notes?: readonly string[];
  readonly signal?: AbortSignal;
  /** false: count in JavaScript. */
  readonly simd?: boolean;
}

/**
 * Every overlap measure of regions over one universe. Each region's bytes are read once, and of all regions only two
 * tensors are in memory: one that is counted and one that is read.
 * @throws ToolError regions-differ (modules or sizes), region-damaged (a module of the wrong length, bits past its
 * end), cancelled
 */
export async function overlapRegions(
  regions: readonly RegionSource[],
  options: OverlapOptions,
): Promise<MethodOverlap> {
  const { payload = 'weights', utility = null, magnitude = null, notes = [], signal, simd = true } = options;
  const [first] = regions;
  if (!first || first.modules.length === 0) {
    throw inputError('region-damaged', `${first ? originOf(first) : 'The run'} has no module.`, 'Run again.');
  }
  for (const other of [...regions.slice(1), ...[utility, magnitude].filter((other) => other !== null)]) {
    checkSameModules(first, other, UNIT_OF[payload]);
  }
  const order = options.order ?? regions.map((_, a) => a);
  const counter = new FamilyCounter(regions.length, { simd, order });
  const modules: ModuleCounts[] = [];
  const beside = magnitude && { source: magnitude, size: 0, shared: regions.map(() => 0) };
  const read = async (module: RegionModule): Promise<Family & { readonly largest: Uint8Array | null }> => {
    const bitsOf = (region: RegionSource): Promise<Uint8Array> =>
      readModule(region, module, UNIT_OF[payload]);
    const [sets, removed, largest] = await Promise.all([
      Promise.all(regions.map(bitsOf)),
      utility && bitsOf(utility),
      magnitude && bitsOf(magnitude),
    ]);
    return { sets, removed, largest };
  };
  for await (const [module, { sets, removed, largest }] of readAhead(first.modules, read)) {
    if (signal?.aborted) throw cancelledError();
    modules.push(countModule(counter, module, { sets, removed }, options));
    if (!beside || !largest) continue;
    beside.size += popcount(largest);
    for (const [a, set] of sets.entries())
      beside.shared[a] = (beside.shared[a] ?? 0) + andCount(set, largest);
  }
  return methodOverlap(
    {
      payload,
      regionIds: regions.map(({ id }) => id),
      utilityId: utility?.id ?? null,
      order,
      floors: payload === 'layers' ? uniformIntervals : uniformSets,
      magnitude: beside,
      notes,
    },
    modules,
  );
}

/** The sets of one module, and the utility region's. */
interface Family {
  readonly sets: readonly Uint8Array[];
  readonly removed: Uint8Array | null;
}

const mapFamily = ({ sets, removed }: Family, map: (set: Uint8Array) => Uint8Array): Family => ({
  sets: sets.map(map),
  removed: removed && map(removed),
});

function countModule(
  counter: FamilyCounter,
  { name, units, columns = 1, parts }: RegionModule,
  family: Family,
  { locate, heads = null }: OverlapOptions,
): ModuleCounts {
  const place = locate(name);
  const { layer, module } = place ?? { layer: null, module: null };
  const count = (part: string | null, size: number, of: Family): PartCounts => {
    const cut =
      part !== null && heads && place?.factor === undefined ? headCut(part, size, columns, heads) : null;
    if (!cut) return { module: part, counts: counter.count(size, of.sets, of.removed) };
    const pieces = of.sets.map((set) => cutHeads(set, cut));
    const removed = of.removed && cutHeads(of.removed, cut);
    const counts: FamilyCounts[] = [];
    for (let head = 0; head < cut.heads; head++) {
      const of = pieces.map((piece) => piece[head] ?? new Uint8Array());
      counts.push(counter.count(cut.unitsPerHead, of, removed?.[head] ?? null));
    }
    return { module: part, counts: sumFamilyCounts(counts), heads: { key: cut.key, counts } };
  };
  const factor = place?.factor === undefined ? {} : { factor: place.factor };
  if (!parts) return { layer, ...factor, ...count(module, units, family) };
  let begin = 0;
  const counted = parts.map((part) => {
    const from = begin;
    begin += part.units;
    return count(
      part.module,
      part.units,
      mapFamily(family, (set) => cutBits(set, from, part.units)),
    );
  });
  return {
    layer,
    ...factor,
    module,
    counts: sumFamilyCounts(counted.map(({ counts }) => counts)),
    parts: counted,
  };
}

type ModuleList = Pick<RegionSource, 'id' | 'origin' | 'modules'>;

const originOf = ({ id, origin }: ModuleList): string => origin ?? id;

async function readModule(
  region: RegionSource,
  { name, units }: RegionModule,
  unit: MethodOverlap['unit'],
): Promise<Uint8Array> {
  const bits = await region.read(name);
  const damaged = (what: string): Error =>
    inputError('region-damaged', `${originOf(region)}: ${name} ${what}.`, 'Restore the file, or run again.');
  if (bits.length !== bytesFor(units)) {
    throw damaged(`has ${bits.length} bytes where ${units} bits take ${bytesFor(units)}`);
  }
  if (hasStrayBits(bits, units)) throw damaged(`has bits set past its ${units} ${unit}s`);
  return bits;
}

/** @throws ToolError regions-differ */
export function checkSameModules(first: ModuleList, other: ModuleList, unit: MethodOverlap['unit']): void {
  const differ = (what: string): Error =>
    inputError(
      'regions-differ',
      `${originOf(other)} and ${originOf(first)} do not hold the same units: ${what}.`,
      unit === 'neuron'
        ? 'Compare runs of one model, and of one mode and one choice of projections.'
        : 'Compare runs of one model.',
    );
  const units = new Map(other.modules.map((module) => [module.name, module]));
  for (const module of first.modules) {
    const found = units.get(module.name);
    if (found === undefined) throw differ(`the first has no ${module.name}`);
    if (found.units !== module.units) {
      throw differ(`${module.name} has ${found.units} and ${module.units} ${unit}s`);
    }
    if (found.columns !== module.columns) {
      throw differ(`${module.name} has ${found.columns ?? 1} and ${module.columns ?? 1} columns`);
    }
  }
  if (units.size !== first.modules.length) {
    throw differ(`they have ${units.size} and ${first.modules.length} modules`);
  }
}
