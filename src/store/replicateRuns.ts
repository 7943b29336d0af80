/** Ceilings and intervals from replicates/ of the runs, where they were asked for. */
import { FamilyCounter } from '../core/masks/familyCounts';
import type { JackknifeReport } from '../core/masks/floorReport';
import { pairMatrix, jaccard } from '../core/masks/overlapMeasures';
import type { Ratio, RatioMatrix } from '../core/masks/overlapReport';
import { halvesMatrix, jackknifeOf } from '../core/masks/pairPosition';
import { blockCount, HALVES, halfId, leaveOutId } from '../core/run/replicates';
import { cancelledError, inputError } from '../protocol/errors';
import { allExist } from './exists';
import { RegionFile, type RegionTensor } from './regionFile';
import type { RunDirectory } from './runDirectory';
import { verifiedReading, type ReadFiles } from './verifiedReading';

/** A region by the run and the dataset that it is of. */
export interface RegionPlace {
  readonly run: RunDirectory;
  readonly dataset: string;
}

export interface Replicated {
  readonly splitHalfCeiling: Ratio[] | null;
  readonly halvesPairwise: RatioMatrix | null;
  readonly jackknife: JackknifeReport | null;
}

/**
 * Each kind is null unless all regions have it: a comparison of halves with a whole region would say nothing.
 * @throws ToolError region-damaged, cancelled, and the codes of `RegionFile.open`
 */
export async function replicatedRegions(
  regions: readonly RegionPlace[],
  method: string,
  signal?: AbortSignal,
): Promise<Replicated> {
  const fileOf = ({ run }: RegionPlace, id: string): string =>
    run.file('replicates', method, `${id}.safetensors`);
  const halves = regions.flatMap((region) =>
    HALVES.map((half) => fileOf(region, halfId(region.dataset, half))),
  );
  const runs = [...new Set(regions.map(({ run }) => run))];
  const isRead = (relative: string): boolean => relative.startsWith(`replicates/${method}/`);
  return verifiedReading(runs, isRead, signal, async (files) => {
    const pairs = (await allExist(halves)) ? await pairwiseOf(halves, files, signal) : null;
    const iouOf = pairs && halvesMatrix(regions.length, (set, other) => pairs[set]?.[other] ?? null);
    return {
      splitHalfCeiling: iouOf && iouOf.map((row, a) => row[a] ?? null),
      halvesPairwise: iouOf,
      jackknife: await jackknife(regions, fileOf, files, signal),
    };
  });
}

async function jackknife(
  regions: readonly RegionPlace[],
  fileOf: (region: RegionPlace, id: string) => string,
  read: ReadFiles,
  signal: AbortSignal | undefined,
): Promise<JackknifeReport | null> {
  const counts = regions.map(({ run }) => {
    const { replicates } = run.manifest.experiment;
    return replicates && replicates.jackknife > 0 ? blockCount(replicates) : 0;
  });
  const [blocks = 0] = counts;
  if (blocks < 2 || counts.some((count) => count !== blocks)) return null;
  const leftOut: RatioMatrix[] = [];
  for (let block = 0; block < blocks; block++) {
    const files = regions.map((region) => fileOf(region, leaveOutId(region.dataset, block)));
    if (!(await allExist(files))) return null;
    leftOut.push(await pairwiseOf(files, read, signal));
  }
  return jackknifeOf(leftOut);
}

/** Micro IoU of every pair of stored regions. */
async function pairwiseOf(
  paths: readonly string[],
  read: ReadFiles,
  signal: AbortSignal | undefined,
): Promise<RatioMatrix> {
  const files: RegionFile[] = [];
  try {
    for (const path of paths) files.push(await RegionFile.open(path, { isHashed: true }));
    const [first] = files;
    if (!first) return [];
    for (const file of files) checkSame(first, file);
    const counter = new FamilyCounter(files.length);
    const sizes = new Float64Array(files.length);
    const pairs = new Float64Array(files.length ** 2);
    for (const { name, units } of first.tensors) {
      if (signal?.aborted) throw cancelledError();
      const sets: Uint8Array[] = [];
      for (const file of files) sets.push(await file.read(name));
      const { plain } = counter.count(units, sets, null);
      plain.sizes.forEach((size, a) => (sizes[a] = (sizes[a] ?? 0) + size));
      plain.pairs.forEach((count, pair) => (pairs[pair] = (pairs[pair] ?? 0) + count));
    }
    for (const file of files) await read.note(file);
    return pairMatrix({ sizes, pairs }, jaccard);
  } finally {
    await Promise.all(files.map((file) => file.close()));
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
