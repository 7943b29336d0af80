/** Counts of regions of parts of the samples, from replicates/ of the runs, where they were asked for. */
import { FamilyCounter, sumFamilyCounts, type FamilyCounts } from '../core/masks/familyCounts';
import type { CountedFamily } from '../core/masks/measuredCeilings';
import { sampleFamilies, type SampleFamily } from '../core/masks/sampleFamilies';
import { isReplicateId, type ReplicateSettings } from '../core/run/replicates';
import { cancelledError, inputError } from '../protocol/errors';
import { allExist } from './exists';
import { RegionFile, type RegionTensor } from './regionFile';
import type { RunDirectory } from './runDirectory';
import { regionRelative } from './runRegions';
import { verifiedReading, type ReadFiles } from './verifiedReading';

/** A region by the run and the dataset that it is of. */
export interface RegionPlace {
  readonly run: RunDirectory;
  readonly dataset: string;
}

/** Where the region of a dataset, or of a part of its samples, lies. */
export const partFile = ({ run }: RegionPlace, method: string, id: string): string =>
  run.file(isReplicateId(id) ? `replicates/${method}/${id}.safetensors` : regionRelative(method, id));

/**
 * A family is left out unless all regions have it: a comparison of halves with a whole region would say nothing.
 * @param utility region that is taken out for the counts outside it; null without one
 * @throws ToolError region-damaged, run-damaged, cancelled, and the codes of `RegionFile.open`
 */
export async function countReplicates(
  regions: readonly RegionPlace[],
  method: string,
  utility: RegionPlace | null,
  signal?: AbortSignal,
): Promise<CountedFamily[]> {
  const settings = commonSettings(regions);
  if (!settings) return [];
  const found: Family[] = [];
  for (const family of sampleFamilies(settings)) {
    const paths = regions.flatMap((region) =>
      family.partsOf(region.dataset).map((id) => partFile(region, method, id)),
    );
    if (await allExist(paths)) found.push({ family, paths });
  }
  if (found.length === 0) return [];
  const runs = [...new Set(regions.map(({ run }) => run))];
  const isRead = (relative: string): boolean => relative.startsWith(`replicates/${method}/`);
  return verifiedReading(runs, isRead, signal, (read) =>
    countFamilies(found, utility && partFile(utility, method, utility.dataset), read, signal),
  );
}

/** Where the runs were made with other blocks, their blocks do not go together: what they have in common is left. */
function commonSettings(regions: readonly RegionPlace[]): ReplicateSettings | null {
  const each = regions.map(({ run }) => run.manifest.experiment.replicates);
  const [first] = each;
  if (!first || !each.every((settings) => settings !== null)) return null;
  const isCommon = each.every(({ jackknife }) => jackknife === first.jackknife);
  return {
    halves: each.every(({ halves }) => halves),
    jackknife: isCommon ? first.jackknife : 0,
    secondDraw: each.every(({ secondDraw }) => secondDraw),
  };
}

interface Family {
  readonly family: SampleFamily;
  /** In the order of the sets. */
  readonly paths: readonly string[];
}

async function countFamilies(
  families: readonly Family[],
  utility: string | null,
  read: ReadFiles,
  signal: AbortSignal | undefined,
): Promise<CountedFamily[]> {
  const opened = new Map<string, RegionFile>();
  try {
    for (const path of [...families.flatMap(({ paths }) => paths), ...(utility === null ? [] : [utility])]) {
      if (!opened.has(path)) opened.set(path, await RegionFile.open(path, { isHashed: true }));
    }
    const [first] = opened.values();
    for (const file of opened.values()) if (first) checkSame(first, file);
    const lastUse = new Map(
      families.flatMap(({ paths }, index) => paths.map((path) => [path, index] as const)),
    );
    const counters = new Map<number, FamilyCounter>();
    const sums: FamilyCounts[] = [];
    for (const { name, units } of first?.tensors ?? []) {
      const held = new Map<string, Uint8Array>();
      const removed = utility === null ? null : ((await opened.get(utility)?.read(name)) ?? null);
      for (const [index, { paths }] of families.entries()) {
        if (signal?.aborted) throw cancelledError();
        const sets: Uint8Array[] = [];
        for (const path of paths) {
          const bits = held.get(path) ?? (await opened.get(path)?.read(name)) ?? new Uint8Array();
          sets.push(bits);
          // Of a large model all parts of a matrix together are more than memory may hold.
          if ((lastUse.get(path) ?? index) > index) held.set(path, bits);
          else held.delete(path);
        }
        const counter = counters.get(sets.length) ?? new FamilyCounter(sets.length, { pairsOnly: true });
        counters.set(sets.length, counter);
        const counts = counter.count(units, sets, removed);
        const sum = sums[index];
        sums[index] = sum ? sumFamilyCounts([sum, counts]) : counts;
      }
    }
    for (const file of opened.values()) await read.note(file);
    return families.flatMap(({ family: { kind, leftOut } }, index) => {
      const counts = sums[index];
      return counts ? [{ kind, leftOut, counts }] : [];
    });
  } finally {
    await Promise.all([...opened.values()].map((file) => file.close()));
  }
}

function checkSame(first: RegionFile, other: RegionFile): void {
  const text = (tensors: readonly RegionTensor[]): string =>
    JSON.stringify(tensors.map(({ name, units }) => [name, units]));
  if (first.payload === other.payload && text(first.tensors) === text(other.tensors)) return;
  throw inputError(
    'region-damaged',
    `${other.path} and ${first.path} are not regions of one model.`,
    'Restore the files, or run again.',
  );
}
