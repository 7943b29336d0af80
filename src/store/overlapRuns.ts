/** `overlap RUN_DIR...`: the stored regions of one run, or of several runs of one model, compared. */
import path from 'node:path';
import { z } from 'zod';
import { overlapWeights, type RegionSource } from '../core/masks/overlap';
import type { OverlapReport } from '../core/masks/overlapReport';
import { parseParamName } from '../core/model/paramNames';
import { ToolError, inputError, usageError } from '../protocol/errors';
import { sha256File } from './checksums';
import { openRun, type RunDirectory } from './runDirectory';
import { openSafetensors, type SafetensorsFile } from './safetensorsFile';

export interface OverlapRunsOptions {
  /** Only this method; all of the runs' methods where left out. */
  readonly method?: string;
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
    methods[method] = await overlapMethod(having, method, runs.length > 1, options.signal);
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
  signal: AbortSignal | undefined,
): Promise<OverlapReport['methods'][string]> {
  const opened: OpenRegion[] = [];
  const open = async (run: RunDirectory, dataset: string): Promise<RegionSource> => {
    const region = await openRegion(run, method, dataset, prefixed);
    opened.push(region);
    return region.source;
  };
  try {
    const regions: RegionSource[] = [];
    for (const run of runs) {
      await run.verify((relative) => relative.startsWith(`regions/${method}/`));
      for (const { id } of run.manifest.experiment.datasets) regions.push(await open(run, id));
    }
    const { run, notes } = await commonUtility(runs, method);
    const id = run?.manifest.experiment.utility?.id;
    const utility = run && id !== undefined ? await open(run, id) : null;
    return await overlapWeights(regions, {
      utility,
      notes,
      locate: parseParamName,
      ...(signal && { signal }),
    });
  } finally {
    await Promise.all(opened.map(({ file }) => file.close()));
  }
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

interface OpenRegion {
  readonly source: RegionSource;
  readonly file: SafetensorsFile;
}

async function openRegion(
  run: RunDirectory,
  method: string,
  dataset: string,
  prefixed: boolean,
): Promise<OpenRegion> {
  const origin = regionPath(run, method, dataset);
  const file = await openSafetensors(origin).catch((thrown: unknown) => {
    if (!(thrown instanceof ToolError) || thrown.code !== 'safetensors-not-found') throw thrown;
    const mend = `Go on with: safety-region identify --resume ${run.path}`;
    throw inputError('region-missing', `${origin} does not exist: the run is not finished.`, mend);
  });
  try {
    const modules = weightModules(file);
    const id = prefixed ? `${path.basename(run.path)}/${dataset}` : dataset;
    const read = async (name: string): Promise<Uint8Array> => {
      const { begin, end } = file.tensor(name);
      const bits = new Uint8Array(end - begin);
      await file.readBytes(name, bits);
      return bits;
    };
    return { file, source: { id, origin, modules, read } };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

const shapesSchema = z.record(z.string(), z.array(z.int().gte(1)));
const partsSchema = z.record(
  z.string(),
  z.array(z.strictObject({ module: z.string(), rows: z.int().gte(1) })).min(1),
);

/** Modules of a region file with payload `weights`, checked against its `shapes`. */
function weightModules(file: SafetensorsFile): RegionSource['modules'] {
  const damaged = (what: string): Error =>
    inputError('region-damaged', `${file.path}: ${what}.`, 'Restore the file, or run again.');
  const payload = file.metadata.get('payload');
  if (payload !== 'weights') {
    const mend = 'Compare regions of weights.';
    throw inputError('payload-unknown', `${file.path}: payload '${payload ?? ''}' cannot be compared.`, mend);
  }
  const shapes = parseJson(file.metadata.get('shapes') ?? '', shapesSchema);
  const parts = parseJson(file.metadata.get('parts') ?? '{}', partsSchema);
  if (!parts) throw damaged('its parts of fused matrices are not of the expected form');
  if (!shapes) throw damaged('its metadata has no shapes');
  for (const name of Object.keys(shapes)) {
    if (!file.tensors.has(name)) throw damaged(`${name} has a shape but no bits`);
  }
  return Array.from(file.tensors, ([name, { dtype, begin, end }]) => {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (!shape) throw damaged(`${name} has bits but no shape`);
    const units = shape.reduce((product, size) => product * size, 1);
    if (dtype !== 'U8' || !Number.isSafeInteger(units) || end - begin !== Math.ceil(units / 8)) {
      throw damaged(`${name} is not the packed bits of a matrix of shape ${shape.join(' x ')}`);
    }
    const own = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (!own) return { name, units };
    const [rows = 0] = shape;
    if (own.reduce((sum, part) => sum + part.rows, 0) !== rows) {
      throw damaged(`the parts of ${name} are not its ${rows} rows`);
    }
    return {
      name,
      units,
      parts: own.map((part) => ({ module: part.module, units: part.rows * (units / rows) })),
    };
  });
}

function parseJson<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
