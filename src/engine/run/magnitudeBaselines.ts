import path from 'node:path';

import { bytesFor } from '../../core/masks/bitset';
import { MAGNITUDE_VERSION, type MagnitudeReport } from '../../core/masks/magnitudeReport';
import { regionMetadata, scoredMatrices, type ScoredMatrix } from '../../core/model/regionMetadata';
import type { PreparedDataset } from '../../core/run/sample';
import { topCount } from '../../core/selection/fraction';
import { selectFlat, selectRows } from '../../core/selection/selectTop';
import { ThresholdSearch } from '../../core/selection/thresholdSearch';
import { magnitudeFloor, type SampledModule, type SampledSet } from '../../core/stats/magnitudeFloor';
import { sampledRows } from '../../core/stats/rowSample';
import { ensureFolder, writeFileAtomic } from '../../store/atomicFile';
import type { RunDirectory } from '../../store/runDirectory';
import { openSafetensors, type SafetensorsFile } from '../../store/safetensorsFile';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { ModelSource } from '../formats/modelDirectory';
import { fractionFor, sampleName } from '../stream/layerScorer';
import { breathe, needsGradient, type MethodRun } from '../stream/passContext';
import type { RunFiles } from './runFiles';

const DRAWS = 10;

interface MagnitudeInput {
  readonly run: RunDirectory;
  readonly model: ModelSource;
  readonly datasets: readonly PreparedDataset[];
  readonly methods: readonly MethodRun[];
  readonly files: RunFiles;
  readonly signal: AbortSignal;
}

/**
 * What needs no data, beside the regions: the share of the largest |W| by each method's own scope, in
 * baselines/<method>/magnitude.safetensors, and how alike |W| alone makes the regions of unrelated datasets, in
 * magnitude.json. The weights are read once more for it, a matrix at a time (three times by scope 'model').
 */
export async function magnitudeBaselines(input: MagnitudeInput): Promise<void> {
  const { run, methods, model, signal } = input;
  const keyOf = ({ scope, topFraction }: MethodRun): string => `${scope} ${topFraction}`;
  let modules: SampledModule[] | null = null;
  for (const key of new Set(methods.map(keyOf))) {
    const alike = methods.filter((method) => keyOf(method) === key);
    const found = await writeLargest(run, model, alike, signal);
    modules ??= found;
  }
  for (const method of methods) {
    const report = modules && (await floorOf(input, method, modules));
    if (!report) continue;
    const file = run.file('baselines', method.method.id, 'magnitude.json');
    await writeFileAtomic(file, `${JSON.stringify(report)}\n`);
  }
}

/** For methods of one scope and share. Returns |W| of the sampled rows. */
async function writeLargest(
  run: RunDirectory,
  model: ModelSource,
  methods: readonly MethodRun[],
  signal: AbortSignal,
): Promise<SampledModule[]> {
  const [first] = methods;
  const matrices = scoredMatrices(model.spec);
  if (!first) return [];
  const { scope, topFraction } = first;
  const largest = Math.max(...matrices.map(({ shape: [rows, columns] }) => rows * columns));
  const buffer = new Float32Array(largest);
  const read = async ({ name, shape: [rows, columns] }: ScoredMatrix): Promise<Float32Array> => {
    const weights = buffer.subarray(0, rows * columns);
    await model.readFloat32(name, weights);
    for (let i = 0; i < weights.length; i++) weights[i] = Math.abs(weights[i] as number);
    await breathe(signal);
    return weights;
  };
  const search = scope === 'model' ? await searchAll(matrices, topFraction, read) : null;
  const writers: SafetensorsWriter[] = [];
  const modules: SampledModule[] = [];
  try {
    for (const { method } of methods) {
      const file = run.file('baselines', method.id, 'magnitude.safetensors');
      await ensureFolder(path.dirname(file));
      const entries = matrices.map(({ name, shape: [rows, columns] }) => ({
        name,
        dtype: 'U8' as const,
        shape: [bytesFor(rows * columns)],
      }));
      const metadata = {
        payload: method.payload,
        method: method.id,
        scope,
        topFraction: String(topFraction),
      };
      writers.push(
        await SafetensorsWriter.create(file, entries, { ...metadata, ...regionMetadata(model.spec) }),
      );
    }
    for (const matrix of matrices) {
      const { name } = matrix;
      const [rows, columns] = matrix.shape;
      const weights = await read(matrix);
      const bits = new Uint8Array(bytesFor(weights.length));
      if (search) search.mark(weights, bits, 0);
      else if (scope === 'matrix') selectFlat(weights, topCount(topFraction, weights.length), bits, 0);
      else selectRows(weights, rows, columns, topCount(topFraction, columns), bits, 0);
      for (const writer of writers) await writer.write(name, bits);
      modules.push(sampleOf(matrix, weights));
    }
    for (const writer of writers) await writer.finish();
  } catch (thrown) {
    for (const writer of writers) await writer.abort().catch(() => undefined);
    throw thrown;
  }
  return modules;
}

async function searchAll(
  matrices: readonly ScoredMatrix[],
  fraction: number,
  read: (matrix: ScoredMatrix) => Promise<Float32Array>,
): Promise<ThresholdSearch> {
  const universe = matrices.reduce((sum, { shape: [rows, columns] }) => sum + rows * columns, 0);
  const search = new ThresholdSearch(topCount(fraction, universe));
  for (const matrix of matrices) search.countUpper(await read(matrix));
  for (const matrix of matrices) search.countLower(await read(matrix));
  return search;
}

function sampleOf({ name, shape: [rows, columns] }: ScoredMatrix, weights: Float32Array): SampledModule {
  const sampled = sampledRows(name, rows, columns);
  const magnitudes = new Float32Array(sampled.length * columns);
  for (const [at, row] of sampled.entries()) {
    magnitudes.set(weights.subarray(row * columns, (row + 1) * columns), at * columns);
  }
  return { name, rows: sampled.length, columns, magnitudes };
}

/** null where the pass was begun by a program that kept no samples. */
async function floorOf(
  { run, model, datasets, files, signal }: MagnitudeInput,
  method: MethodRun,
  modules: readonly SampledModule[],
): Promise<MagnitudeReport | null> {
  const matrices = scoredMatrices(model.spec);
  const setOf = (dataset: PreparedDataset): SampledSet => {
    let known: Promise<Float32Array[]> | null = null;
    return {
      id: dataset.id,
      fraction: fractionFor(method, dataset),
      // Every draw asks for them, and they are small: some thousand weights of each matrix.
      scores: () => (known ??= readSamples(method, dataset.id, { files, matrices, modules })),
    };
  };
  for (const { id } of datasets) {
    if (!(await hasSamples(method, id, { files, matrices }))) return null;
  }
  const utility = datasets.find(({ role }) => role === 'utility') ?? null;
  const others = datasets.filter(({ role }) => role !== 'utility');
  const found = await magnitudeFloor({
    modules,
    sets: others.map(setOf),
    utility: utility && setOf(utility),
    scope: method.scope,
    factorsOf: needsGradient(method.method) ? 'weight' : 'input',
    draws: DRAWS,
    seed: run.manifest.seed,
    breathe: () => breathe(signal),
  });
  return {
    schemaVersion: MAGNITUDE_VERSION,
    datasets: others.map(({ id }) => id),
    utility: utility?.id ?? null,
    draws: DRAWS,
    rowsPerModule: Math.max(...modules.map(({ rows }) => rows)),
    sampledWeights: modules.reduce((sum, { magnitudes }) => sum + magnitudes.length, 0),
    ...found,
  };
}

interface SampleFiles {
  readonly files: RunFiles;
  readonly matrices: readonly ScoredMatrix[];
}

async function hasSamples(method: MethodRun, dataset: string, of: SampleFiles): Promise<boolean> {
  let hasAll = true;
  await eachSample(method, dataset, of, (file, name) => {
    hasAll &&= file.tensors.has(name);
    return Promise.resolve();
  });
  return hasAll;
}

async function readSamples(
  method: MethodRun,
  dataset: string,
  { modules, ...of }: SampleFiles & { readonly modules: readonly SampledModule[] },
): Promise<Float32Array[]> {
  const scores: Float32Array[] = [];
  await eachSample(method, dataset, of, async (file, name) => {
    const data = new Float32Array(modules[scores.length]?.magnitudes.length ?? 0);
    scores.push(data);
    await file.readBytes(name, new Uint8Array(data.buffer));
  });
  return scores;
}

/** Visits the samples of all matrices, a layer's file after the other. */
async function eachSample(
  method: MethodRun,
  dataset: string,
  { files, matrices }: SampleFiles,
  visit: (file: SafetensorsFile, tensor: string) => Promise<void>,
): Promise<void> {
  for (const layer of new Set(matrices.map((matrix) => matrix.layer))) {
    const file = await openSafetensors(files.layerResults(method, dataset, layer));
    try {
      for (const matrix of matrices) {
        if (matrix.layer === layer) await visit(file, sampleName(method.method.id, dataset, matrix.name));
      }
    } finally {
      await file.close();
    }
  }
}
