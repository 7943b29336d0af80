/** `overlap RUN_DIR...`: the stored regions of one run, or of several runs of one model, compared. */
import path from 'node:path';
import type { HeadSizes } from '../core/masks/headCut';
import { overlapRegions, type RegionSource } from '../core/masks/overlap';
import type { OverlapReport } from '../core/masks/overlapReport';
import { parseUnitName } from '../core/model/unitNames';
import { ToolError, inputError, usageError } from '../protocol/errors';
import { sha256File } from './checksums';
import { RegionFile } from './regionFile';
import { openRun, type RunDirectory } from './runDirectory';

export interface OverlapRunsOptions {
  /** Only this method; all of the runs' methods where left out. */
  readonly method?: string;
  /** Ids of all regions in the order of the n-way measures; that of the experiment where left out. */
  readonly order?: readonly string[];
  /** Count by attention head as well. */
  readonly heads?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Regions keep the order of the run directories and, inside one, of the experiment's datasets. With several runs,
 * ids are RUN/ID, a method is compared among the runs that have it, and the utility region is used where it is the
 * same in all of them (the measures are defined for one utility region only).
 * @throws ToolError runs-differ, runs-same-name, run-lacks-method, region-missing, region-damaged, regions-differ,
 * payload-unknown, cancelled, and the codes of `openRun` and `openSafetensors`
 */
export async function overlapRuns(
  runDirs: readonly string[],
  options: OverlapRunsOptions = {},
): Promise<OverlapReport> {
  const runs = await Promise.all(runDirs.map((directory) => openRun(directory)));
  if (runs.length === 0) throw usageError('no-run', 'No run directory was named.', 'Name at least one.');
  checkComparable(runs);
  const methods: OverlapReport['methods'] = {};
  for (const method of methodsOf(runs, options.method)) {
    const having = runs.filter((run) => hasMethod(run, method));
    methods[method] = await overlapMethod(having, method, runs.length > 1, options);
  }
  return { schemaVersion: 1, methods };
}

function checkComparable(runs: readonly RunDirectory[]): void {
  const [first] = runs;
  const names = new Set<string>();
  for (const run of runs) {
    const name = path.basename(run.path);
    if (names.has(name)) {
      throw inputError(
        'runs-same-name',
        `Two runs are called ${name}.`,
        'Name each run once; rename one folder.',
      );
    }
    names.add(name);
    const other = first && firstDifferingFile(first.manifest.model.files, run.manifest.model.files);
    if (first && other !== undefined) {
      throw inputError(
        'runs-differ',
        `${first.path} and ${run.path} are runs of different models: ${other} differs.`,
        'Compare runs of one model.',
      );
    }
  }
}

function firstDifferingFile(a: Record<string, string>, b: Record<string, string>): string | undefined {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.find((name) => a[name] !== b[name]);
}

const hasMethod = (run: RunDirectory, method: string): boolean =>
  run.manifest.experiment.methods.some((entry) => entry.method === method);

function methodsOf(runs: readonly RunDirectory[], wanted: string | undefined): string[] {
  const known = new Set(runs.flatMap((run) => run.manifest.experiment.methods.map(({ method }) => method)));
  if (wanted === undefined) return [...known];
  for (const run of runs) {
    if (hasMethod(run, wanted)) continue;
    const mend = `Name one of: ${[...known].join(', ')}.`;
    throw usageError('run-lacks-method', `${run.path} has no method '${wanted}'.`, mend);
  }
  return [wanted];
}

async function overlapMethod(
  runs: readonly RunDirectory[],
  method: string,
  prefixed: boolean,
  { order, heads = false, signal }: OverlapRunsOptions,
): Promise<OverlapReport['methods'][string]> {
  const opened: RegionFile[] = [];
  const open = async (run: RunDirectory, dataset: string): Promise<RegionSource> => {
    const file = await openRegion(run, method, dataset);
    opened.push(file);
    const id = prefixed ? `${path.basename(run.path)}/${dataset}` : dataset;
    return { id, origin: file.path, modules: file.tensors, read: (name) => file.read(name) };
  };
  try {
    const regions: RegionSource[] = [];
    for (const run of runs) {
      await run.verify((relative) => relative.startsWith(`regions/${method}/`));
      for (const { id } of run.manifest.experiment.datasets) regions.push(await open(run, id));
    }
    const payload = commonPayload(opened);
    const { run, notes } =
      payload === 'layers' ? { run: null, notes: [LAYERS_NOTE] } : await commonUtility(runs, method);
    const id = run?.manifest.experiment.utility?.id;
    const utility = run && id !== undefined ? await open(run, id) : null;
    return await overlapRegions(regions, {
      payload: commonPayload(opened),
      utility,
      notes,
      locate: parseUnitName,
      heads: heads ? commonHeads(opened) : null,
      ...(order && { order: orderOf(regions, order) }),
      ...(signal && { signal }),
    });
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
): Promise<{ run: RunDirectory | null; notes: string[] }> {
  const files: string[] = [];
  for (const run of runs) {
    const id = run.manifest.experiment.utility?.id;
    if (id !== undefined) files.push(regionPath(run, method, id));
  }
  const [first] = runs;
  if (!first || files.length === 0) return { run: null, notes: [] };
  const oneForAll = files.length === runs.length && (files.length === 1 || (await allEqual(files)));
  if (oneForAll) return { run: first, notes: [] };
  const why = 'The runs do not share one utility region, so there are no iso-utility measures.';
  return { run: null, notes: [why] };
}

async function allEqual(files: readonly string[]): Promise<boolean> {
  try {
    const sums = await Promise.all(files.map((file) => sha256File(file)));
    return new Set(sums).size === 1;
  } catch {
    throw inputError('region-missing', `One of ${files.join(', ')} cannot be read.`, 'Go on with --resume.');
  }
}

const regionPath = (run: RunDirectory, method: string, dataset: string): string =>
  run.file('regions', method, `${dataset}.safetensors`);

async function openRegion(run: RunDirectory, method: string, dataset: string): Promise<RegionFile> {
  const origin = regionPath(run, method, dataset);
  return RegionFile.open(origin).catch((thrown: unknown) => {
    if (!(thrown instanceof ToolError) || thrown.code !== 'safetensors-not-found') throw thrown;
    const mend = `Go on with: safety-region identify --resume ${run.path}`;
    throw inputError('region-missing', `${origin} does not exist: the run is not finished.`, mend);
  });
}
