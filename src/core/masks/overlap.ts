import { cancelledError, inputError } from '../../protocol/errors';
import { bytesFor, hasStrayBits, sliceBits } from './bitset';
import { FamilyCounter, sumFamilyCounts } from './familyCounts';
import { methodOverlap, type ModuleCounts } from './methodOverlap';
import type { MethodOverlap } from './overlapReport';

/** One region of weights, read one module (Hugging Face parameter) at a time. */
export interface RegionSource {
  readonly id: string;
  /** What error messages call it: a file's path. The id where left out. */
  readonly origin?: string;
  readonly modules: readonly RegionModule[];
  /** Packed bits of the module: ceil(units / 8) bytes. */
  read(name: string): Promise<Uint8Array>;
}

export interface RegionModule {
  readonly name: string;
  /** Weights in it. */
  readonly units: number;
  /** The modules that a fused one is made of, in the order of its units: the profile by module is taken of these. */
  readonly parts?: readonly ModulePart[];
}

export interface ModulePart {
  /** Such as q_proj. */
  readonly module: string;
  readonly units: number;
}

/** Where a parameter belongs in the profiles; null for none. */
export type Locate = (name: string) => { readonly layer: number | null; readonly module: string } | null;

export interface OverlapOptions {
  readonly locate: Locate;
  /** Taken out of every region for the iso-utility measures: one and the same for all. */
  readonly utility?: RegionSource | null;
  readonly notes?: readonly string[];
  readonly signal?: AbortSignal;
  /** false: count in JavaScript. */
  readonly simd?: boolean;
}

/**
 * Every overlap measure of weight regions over one universe. Each region's bytes are read once, and of all regions
 * only one module is in memory. `byHead` stays empty: heads are parts of modules, and counts are taken by module.
 * @throws ToolError regions-differ (modules or sizes), region-damaged (a module of the wrong length, bits past its
 * end), cancelled
 */
export async function overlapWeights(
  regions: readonly RegionSource[],
  { locate, utility = null, notes = [], signal, simd = true }: OverlapOptions,
): Promise<MethodOverlap> {
  const [first] = regions;
  if (!first || first.modules.length === 0) {
    throw inputError('region-damaged', `${first ? originOf(first) : 'The run'} has no module.`, 'Run again.');
  }
  for (const other of [...regions.slice(1), ...(utility ? [utility] : [])]) checkSameModules(first, other);
  const counter = new FamilyCounter(regions.length, { simd });
  const modules: ModuleCounts[] = [];
  for (const { name, units, parts } of first.modules) {
    if (signal?.aborted) throw cancelledError();
    const sets: Uint8Array[] = [];
    for (const region of regions) sets.push(await readModule(region, name, units));
    const removed = utility ? await readModule(utility, name, units) : null;
    const { layer, module } = locate(name) ?? { layer: null, module: null };
    if (!parts) {
      modules.push({ layer, module, counts: counter.count(units, sets, removed) });
      continue;
    }
    let begin = 0;
    const counted = parts.map((part) => {
      const cut = (set: Uint8Array): Uint8Array => sliceBits(set, begin, part.units);
      const counts = counter.count(part.units, sets.map(cut), removed && cut(removed));
      begin += part.units;
      return { module: part.module, counts };
    });
    const counts = sumFamilyCounts(counted.map((part) => part.counts));
    modules.push({ layer, module, counts, parts: counted });
  }
  return methodOverlap(
    { unit: 'weight', regionIds: regions.map(({ id }) => id), utilityId: utility?.id ?? null, notes },
    modules,
  );
}

const originOf = ({ id, origin }: RegionSource): string => origin ?? id;

async function readModule(region: RegionSource, name: string, units: number): Promise<Uint8Array> {
  const bits = await region.read(name);
  const damaged = (what: string): Error =>
    inputError('region-damaged', `${originOf(region)}: ${name} ${what}.`, 'Restore the file, or run again.');
  if (bits.length !== bytesFor(units)) {
    throw damaged(`has ${bits.length} bytes where ${units} bits take ${bytesFor(units)}`);
  }
  if (hasStrayBits(bits, units)) throw damaged(`has bits set past its ${units} weights`);
  return bits;
}

function checkSameModules(first: RegionSource, other: RegionSource): void {
  const differ = (what: string): Error =>
    inputError(
      'regions-differ',
      `${originOf(other)} and ${originOf(first)} are not regions of one model: ${what}.`,
      'Compare runs of one model.',
    );
  const units = new Map(other.modules.map((module) => [module.name, module.units]));
  for (const module of first.modules) {
    const found = units.get(module.name);
    if (found === undefined) throw differ(`the first has no ${module.name}`);
    if (found !== module.units) throw differ(`${module.name} has ${found} and ${module.units} weights`);
  }
  if (units.size !== first.modules.length) {
    throw differ(`they have ${units.size} and ${first.modules.length} modules`);
  }
}
