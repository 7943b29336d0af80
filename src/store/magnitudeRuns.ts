/** Floors that share a model's |W|, from baselines/ of the runs. Runs of older versions have none. */
import type { MeasuredFloors } from '../core/masks/floorReport';
import { MAGNITUDE_VERSION, magnitudeSchema, type MagnitudeReport } from '../core/masks/magnitudeReport';
import type { RegionSource } from '../core/masks/overlap';
import type { RatioMatrix } from '../core/masks/overlapReport';
import { inputError } from '../protocol/errors';
import { allExist } from './exists';
import { RegionFile } from './regionFile';
import type { RunDirectory } from './runDirectory';
import { readVersionedJson } from './versionedJson';

const regionOf = (method: string): string => `baselines/${method}/magnitude.safetensors`;

/**
 * The region of the largest weights, where it is the same in all of the runs: hashed as it is read, for a check to come.
 * @throws as `RegionFile.open` does
 */
export async function openMagnitude(
  runs: readonly RunDirectory[],
  method: string,
  signal?: AbortSignal,
): Promise<{ readonly file: RegionFile; readonly source: RegionSource } | null> {
  const [first] = runs;
  if (!first || !(await allExist(runs.map((run) => run.file(regionOf(method)))))) return null;
  if (runs.length > 1) {
    const sums = await Promise.all(runs.map((run) => run.checksum(regionOf(method), signal)));
    if (new Set(sums).size > 1) return null;
  }
  const file = await RegionFile.open(first.file(regionOf(method)), { isHashed: true });
  return {
    file,
    source: { id: 'magnitude', origin: file.path, modules: file.tensors, read: (name) => file.read(name) },
  };
}

type SharedFloors = Pick<
  MeasuredFloors,
  | 'magnitudeFloor'
  | 'magnitudeFloorError'
  | 'magnitudeFloorIsoUtility'
  | 'magnitudeFloorIsoUtilityError'
  | 'magnitudeFloorDraws'
>;

/** In the order of the regions of all runs; pairs of two runs were not drawn together and are null. */
export async function magnitudeFloors(
  runs: readonly RunDirectory[],
  method: string,
): Promise<Partial<SharedFloors>> {
  const files = runs.map((run) => run.file('baselines', method, 'magnitude.json'));
  if (!(await allExist(files))) return {};
  const reports: MagnitudeReport[] = [];
  for (const [i, file] of files.entries()) {
    const report = await readVersionedJson(file, magnitudeSchema, MAGNITUDE_VERSION);
    const ids = runs[i]?.manifest.experiment.datasets.map(({ id }) => id) ?? [];
    const matrices = [report.floor, report.error, report.isoFloor, report.isoError];
    const fits = matrices.every(
      (matrix) =>
        matrix === null || (matrix.length === ids.length && matrix.every((row) => row.length === ids.length)),
    );
    if (!fits || report.datasets.join('\n') !== ids.join('\n')) {
      throw inputError(
        'run-damaged',
        `${file} is of other datasets than its run.`,
        'Restore the file, or run again.',
      );
    }
    reports.push(report);
  }
  const [first] = reports;
  if (!first) return {};
  const joined = (of: (report: MagnitudeReport) => RatioMatrix | null): RatioMatrix | null => {
    const blocks = reports.map(of);
    return blocks.every((block) => block !== null) ? blockDiagonal(blocks) : null;
  };
  return {
    magnitudeFloor: joined(({ floor }) => floor),
    magnitudeFloorError: joined(({ error }) => error),
    magnitudeFloorIsoUtility: joined(({ isoFloor }) => isoFloor),
    magnitudeFloorIsoUtilityError: joined(({ isoError }) => isoError),
    magnitudeFloorDraws: {
      draws: Math.min(...reports.map(({ draws }) => draws)),
      rowsPerModule: first.rowsPerModule,
      sampledWeights: first.sampledWeights,
    },
  };
}

function blockDiagonal(blocks: readonly RatioMatrix[]): RatioMatrix {
  const size = blocks.reduce((sum, block) => sum + block.length, 0);
  let first = 0;
  return blocks.flatMap((block) => {
    const from = first;
    first += block.length;
    return block.map((row) => Array.from({ length: size }, (_, b) => row[b - from] ?? null));
  });
}
