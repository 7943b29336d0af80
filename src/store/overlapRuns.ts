/** `overlap RUN_DIR...`: the stored regions of one run, or of several runs of one model, compared. */
import type { HeadSizes } from '../core/masks/headCut';
import { overlapRegions, type RegionSource } from '../core/masks/overlap';
import type { MethodOverlap, OverlapReport } from '../core/masks/overlapReport';
import { parseUnitName } from '../core/model/unitNames';
import { ToolError, inputError, usageError } from '../protocol/errors';
import { comparableRuns } from './comparableRuns';
import { crossMethodOverlap } from './crossMethodRuns';
import { openMagnitude } from './magnitudeRuns';
import { withMeasuredFloors } from './measuredFloors';
import { neuronFloor } from './neuronFloor';
import type { RegionFile } from './regionFile';
import type { RegionPlace } from './replicateRuns';
import type { RunDirectory } from './runDirectory';
import { methodSimilarity, similarityOfRuns } from './similarityRuns';
import { openRegion, regionId, regionMethods, regionRelative } from './runRegions';
import { verifiedReading, type ReadFiles } from './verifiedReading';

export interface OverlapRunsOptions {
  /** Only this method; all of the runs' methods where left out. */
  readonly method?: string;
  /** Ids of all regions in the order of the n-way measures; that of the experiment where left out. */
  readonly order?: readonly string[];
  /** Count by attention head as well. */
  readonly heads?: boolean;
  /** Compare the methods of each dataset in weights: reads every region once more. */
  readonly crossMethod?: boolean;
  /** Runs of different models compare too, such as a base and a chat model; their regions' shapes must agree. */
  readonly acrossModels?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Regions keep the order of the run directories and, inside one, of the experiment's datasets. With several runs,
 * ids are RUN/ID, a method is compared among the runs that have it (one whose regions differ in their units is left out,
 * unless it is the only one), and the utility region is used where it is the
 * same in all of them (the measures are defined for one utility region only).
 * @throws ToolError runs-differ, runs-same-name, run-lacks-method, region-missing, region-damaged, regions-differ,
 * payload-unknown, cancelled, and the codes of `openRun` and `openSafetensors`
 */
export async function overlapRuns(
  runDirs: readonly string[],
  options: OverlapRunsOptions = {},
): Promise<OverlapReport> {
  const { runs, differing } = await comparableRuns(runDirs, options.acrossModels);
  const methodsOf = new Map<RunDirectory, readonly string[]>();
  for (const run of runs) methodsOf.set(run, await regionMethods(run));
  const havingMethod = (method: string): RunDirectory[] =>
    runs.filter((run) => methodsOf.get(run)?.includes(method));
  const methods: OverlapReport['methods'] = {};
  const similarity = await similarityOfRuns(runs);
  const leftOut: OverlapReport['leftOut'] = [];
  const wanted = wantedMethods(methodsOf, options.method);
  for (const method of wanted) {
    try {
      const overlap = await overlapMethod(havingMethod(method), method, runs.length > 1, options);
      methods[method] = {
        ...overlap,
        similarity: similarity && methodSimilarity(similarity, overlap),
        notes: [...overlap.notes, ...differing],
      };
    } catch (thrown) {
      // Two modes of one method do not compare; the other methods do.
      const { code, message } = ToolError.from(thrown);
      const isOnly = leftOut.length + 1 === wanted.length;
      if (code !== 'regions-differ' || havingMethod(method).length < 2 || isOnly) throw thrown;
      leftOut.push({ method, reason: message });
    }
  }
  const shared = Object.keys(methods).filter((method) => havingMethod(method).length === runs.length);
  const datasets = runs.flatMap((run) =>
    run.manifest.experiment.datasets.map(({ id }) => ({
      run,
      dataset: id,
      id: regionId(run, id, runs.length > 1),
    })),
  );
  return {
    schemaVersion: 1,
    methods,
    leftOut,
    crossMethod: options.crossMethod ? await crossMethodOverlap(datasets, shared, options.signal) : null,
  };
}

function wantedMethods(
  methodsOf: ReadonlyMap<RunDirectory, readonly string[]>,
  wanted: string | undefined,
): string[] {
  const known = new Set([...methodsOf.values()].flat());
  if (wanted === undefined) return [...known];
  for (const [run, methods] of methodsOf) {
    if (methods.includes(wanted)) continue;
    const mend = `Name one of: ${[...known].join(', ')}.`;
    throw usageError('run-lacks-method', `${run.path} has no method '${wanted}'.`, mend);
  }
  return [wanted];
}

async function overlapMethod(
  runs: readonly RunDirectory[],
  method: string,
  prefixed: boolean,
  options: OverlapRunsOptions,
): Promise<MethodOverlap> {
  const { signal } = options;
  const places = runs.flatMap((run) =>
    run.manifest.experiment.datasets.map(({ id }): RegionPlace => ({ run, dataset: id })),
  );
  const folders = [`regions/${method}/`, `baselines/${method}/`];
  const isRead = (relative: string): boolean => folders.some((folder) => relative.startsWith(folder));
  const { overlap, utility } = await verifiedReading(runs, isRead, signal, (files) =>
    countRegions(places, { runs, method, prefixed, files }, options),
  );
  return withMeasuredFloors(overlap, places, utility, method, signal);
}

interface Counting {
  readonly runs: readonly RunDirectory[];
  readonly method: string;
  readonly prefixed: boolean;
  readonly files: ReadFiles;
}

async function countRegions(
  places: readonly RegionPlace[],
  { runs, method, prefixed, files: read }: Counting,
  { order, heads = false, signal }: OverlapRunsOptions,
): Promise<{ readonly overlap: MethodOverlap; readonly utility: RegionPlace | null }> {
  const opened: RegionFile[] = [];
  const open = async ({ run, dataset }: RegionPlace): Promise<RegionSource> => {
    const file = await openRegion(run, method, dataset, { isHashed: true });
    opened.push(file);
    const id = regionId(run, dataset, prefixed);
    return { id, origin: file.path, modules: file.tensors, read: (name) => file.read(name) };
  };
  try {
    const regions: RegionSource[] = [];
    for (const place of places) regions.push(await open(place));
    const payload = commonPayload(opened);
    const files = [...opened];
    const { run, notes } =
      payload === 'layers' ? { run: null, notes: [LAYERS_NOTE] } : await commonUtility(runs, method, signal);
    const id = run?.manifest.experiment.utility?.id;
    const place = run && id !== undefined ? { run, dataset: id } : null;
    const utility = place && (await open(place));
    const orderedBy = order && orderOf(regions, order);
    const magnitude = await openMagnitude(runs, method, signal);
    if (magnitude) opened.push(magnitude.file);
    const report = await overlapRegions(regions, {
      payload,
      utility,
      magnitude: magnitude?.source ?? null,
      notes,
      locate: parseUnitName,
      heads: heads ? commonHeads(opened) : null,
      ...(orderedBy && { order: orderedBy }),
      ...(signal && { signal }),
    });
    const sizes =
      payload === 'layers'
        ? await Promise.all(
            report.regions.map(async (of, i) => ({ ...of, interval: (await files[i]?.interval()) ?? null })),
          )
        : report.regions;
    const randomProcedure = neuronFloor(files, orderedBy ?? regions.map((_, i) => i));
    for (const file of opened) await read.note(file);
    const baselines = { ...report.baselines, randomProcedure };
    return { overlap: { ...report, regions: sizes, baselines }, utility: place };
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

const LAYERS_NOTE =
  'An interval of layers is found against the utility set already, so that there is no utility region to take out: ' +
  'iso-utility measures do not apply. Its random floor places intervals anywhere; found ones lie near the middle.';

function commonPayload(files: readonly RegionFile[]): RegionFile['payload'] {
  const [first] = files;
  const other = files.find(({ payload }) => payload !== first?.payload);
  if (first && !other) return first.payload;
  const [a, b] = [
    `${first?.path ?? ''} holds ${first?.payload ?? ''}`,
    `${other?.path ?? ''} ${other?.payload ?? ''}`,
  ];
  throw inputError('regions-differ', `${a}, ${b}.`, 'Compare regions of one kind.');
}

/** null where a file does not say, or they differ. */
function commonHeads(files: readonly RegionFile[]): HeadSizes | null {
  const [first] = files;
  const text = JSON.stringify(first?.heads);
  return files.every(({ heads }) => JSON.stringify(heads) === text) ? (first?.heads ?? null) : null;
}

function orderOf(regions: readonly RegionSource[], ids: readonly string[]): number[] {
  const known = regions.map(({ id }) => id);
  const wanted = ids.map((id) => known.indexOf(id));
  const unknown = ids.find((_, i) => wanted[i] === -1);
  const mend = `Name each of these once: ${known.join(',')}.`;
  if (unknown !== undefined)
    throw usageError('order-unknown', `There is no region '${unknown}' to order.`, mend);
  if (ids.length !== known.length || new Set(wanted).size !== known.length) {
    throw usageError('order-incomplete', 'The order does not name every region once.', mend);
  }
  return wanted;
}

/** A run whose utility region stands for those of all, if there is one. */
async function commonUtility(
  runs: readonly RunDirectory[],
  method: string,
  signal: AbortSignal | undefined,
): Promise<{ run: RunDirectory | null; notes: string[] }> {
  const places: RegionPlace[] = [];
  for (const run of runs) {
    const id = run.manifest.experiment.utility?.id;
    if (id !== undefined) places.push({ run, dataset: id });
  }
  const [first] = runs;
  if (!first || places.length === 0) return { run: null, notes: [] };
  const oneForAll =
    places.length === runs.length && (places.length === 1 || (await allEqual(places, method, signal)));
  if (oneForAll) return { run: first, notes: [] };
  const why = 'The runs do not share one utility region, so there are no iso-utility measures.';
  return { run: null, notes: [why] };
}

async function allEqual(
  places: readonly RegionPlace[],
  method: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const sums = await Promise.all(
      places.map(({ run, dataset }) => run.checksum(regionRelative(method, dataset), signal)),
    );
    return new Set(sums).size === 1;
  } catch (thrown) {
    if (thrown instanceof ToolError) throw thrown;
    const files = places.map(({ run, dataset }) => run.file(regionRelative(method, dataset)));
    throw inputError(
      'region-missing',
      `One of ${files.join(', ')} cannot be read.`,
      'Resume the run it is of.',
    );
  }
}
