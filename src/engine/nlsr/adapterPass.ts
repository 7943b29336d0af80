import { rm } from 'node:fs/promises';

import type { NlsrSettings } from '../../core/run/experiment';
import { inputError } from '../../protocol/errors';
import { exists } from '../../store/exists';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { AdapterWeights, PeftAdapter } from '../formats/peft/peftAdapter';
import type { Feeds } from '../ort/runtime';
import { activationFile, embed, responseRows } from '../stream/forwardPass';
import { breathe, layerName, type PassContext, type WorkFiles } from '../stream/passContext';
import { batchRows, longestText, type MicroBatch, type PlannedDataset } from '../stream/passPlan';
import { RowFile } from '../stream/rowFile';
import { adaptedBlock, adaptedKey, moduleKey } from './adaptedBlock';
import { loadLayer, loraFeeds, type LoadedModule, type LoraMatrices } from './layerAdapter';
import { LayerResultWriter } from './layerResults';
import { moduleRegions, type ScoreSink } from './moduleRegions';
import { extrapolationOf } from './nlsrRules';
import { accumulateGram } from './projection';

export const layerResultFile = (files: WorkFiles, layer: number): string =>
  files.workFile(`adapter-${layerName(layer)}.safetensors`);

/** A pass over the layers for datasets with one adapter. */
export interface AdapterPass {
  readonly context: PassContext;
  readonly settings: NlsrSettings;
  readonly adapter: PeftAdapter;
}

interface LayerRun extends AdapterPass {
  readonly layer: number;
  readonly loaded: readonly LoadedModule[];
  readonly input: RowFile;
  /** null after the last layer. */
  readonly output: RowFile | null;
}

/** How often the rows of a layer go through it: with projected matrices once more, before the next layer. */
export function runsPerLayer({ blocks }: NlsrSettings, isAdapted: boolean, isLast: boolean): number {
  return blocks === 'sequential' && isAdapted && !isLast ? 2 : 1;
}

/**
 * All samples through all layers, one layer at a time, each layer's weights read once for all datasets. Blocks are
 * sequential where so set: a dataset's activations then come from the adapter as it was projected for that dataset.
 * Goes on after the last layer whose results are there.
 */
export async function adapterPass(pass: AdapterPass): Promise<void> {
  const { context, settings, adapter } = pass;
  const { spec, group, progress } = context;
  const rows = group.datasets.reduce(
    (sum, { batches }) => sum + batches.reduce((n, b) => n + batchRows(b), 0),
    0,
  );
  const runs = (layer: number): number =>
    runsPerLayer(
      settings,
      adapter.modules.some((module) => module.layer === layer),
      layer === spec.layers - 1,
    );
  let layer = 0;
  while (layer < spec.layers && (await exists(layerResultFile(context, layer)))) {
    progress.skip('forward', rows * runs(layer));
    layer++;
  }
  if (layer === spec.layers) return;
  const weights = await adapter.openWeights();
  let input =
    layer === 0 ? await embed(context) : await RowFile.open(activationFile(context, layer), spec.hiddenSize);
  try {
    for (; layer < spec.layers; layer++) {
      const batches = group.datasets.reduce((sum, planned) => sum + planned.batches.length, 0);
      progress.enter('adapter', layer, batches * runs(layer));
      const output = await adapterLayer(pass, layer, input, weights);
      await input.close();
      await rm(activationFile(context, layer), { force: true });
      if (output) input = output;
    }
  } finally {
    await input.close();
    await weights.close();
  }
}

async function adapterLayer(
  pass: AdapterPass,
  layer: number,
  input: RowFile,
  weights: AdapterWeights,
): Promise<RowFile | null> {
  const { context, settings, adapter } = pass;
  const { spec, group, signal } = context;
  await context.weights.load(layer, signal);
  const loaded = await loadLayer(adapter, weights, layer);
  const output =
    layer < spec.layers - 1
      ? await RowFile.create(activationFile(context, layer + 1), group.rows, spec.hiddenSize)
      : null;
  const results = await LayerResultWriter.create(
    layerResultFile(context, layer),
    group.datasets.map(({ dataset }) => dataset.id),
    loaded.map(({ module }) => module),
    settings.gaugeFree,
  );
  try {
    for (const planned of group.datasets) {
      await adaptedDataset({ ...pass, layer, loaded, input, output }, planned, results);
    }
    // The output first: the result file's name is what says that this layer is done.
    await output?.commit();
    await results.finish();
  } catch (thrown) {
    await output?.discard();
    await results.abort();
    throw thrown;
  }
  return output;
}

async function adaptedDataset(
  run: LayerRun,
  planned: PlannedDataset,
  results: LayerResultWriter,
): Promise<void> {
  const { settings, loaded, output, context, layer } = run;
  const { id } = planned.dataset;
  const twice = runsPerLayer(settings, loaded.length > 0, output === null) === 2;
  const grams = await runBatches(run, planned, loaded, { output: output !== null && !twice, inputs: true });
  const scores = await scoreSink(run, id);
  const projected: LoraMatrices[] = [];
  try {
    for (const [index, own] of loaded.entries()) {
      const gram = grams[index] ?? new Float64Array(own.module.rank ** 2);
      if (gram.some((value) => !Number.isFinite(value))) {
        throw inputError(
          'activation-not-finite',
          `Dataset '${id}', layer ${layer}: outputs of ${own.module.aName} overflow or are NaN.`,
          'Check the weights of the model and of the adapter: do they answer in float32?',
        );
      }
      const regions = await moduleRegions(context, settings, own, gram, scores.keep);
      await results.write(id, own.module, regions);
      projected.push(regions.projected);
      await breathe(context.signal);
    }
    await scores.writer?.finish();
  } catch (thrown) {
    await scores.writer?.abort();
    throw thrown;
  }
  if (twice) await runBatches(run, planned, projected, { output: true, inputs: false });
}

/** Runs a dataset through the layer; returns the Gram matrix of each module's Z, where `inputs` are asked for. */
async function runBatches(
  { context, settings, layer, input, output }: LayerRun,
  { batches }: PlannedDataset,
  matrices: readonly LoraMatrices[],
  wanted: { readonly output: boolean; readonly inputs: boolean },
): Promise<Float64Array[]> {
  const { spec, programs, weights, positions, scratch, progress, signal } = context;
  const modules = matrices.map(({ module }) => module);
  const grams = modules.map(({ rank }) => new Float64Array(rank * rank));
  const factors = extrapolationOf(settings.mode, settings.extrapolation);
  const lora = loraFeeds(matrices, factors.a * factors.b * factors.scale);
  if (!wanted.output && (modules.length === 0 || !wanted.inputs)) return grams;
  for (const batch of batches) {
    const shape = { batch: batch.samples.length, length: batch.length };
    const rows = batchRows(batch);
    const program = await programs.get(
      `adapter ${shape.batch} ${shape.length} ${adaptedKey(modules, wanted)}`,
      () => adaptedBlock(spec, shape, modules, wanted),
    );
    const x = scratch.take('x', rows * spec.hiddenSize);
    await input.read(batch.firstRow, x);
    const y = scratch.take('y', wanted.output ? x.length : 0);
    const lowered = wanted.inputs ? modules : [];
    const z = lowered.map((module) => scratch.take(`z.${moduleKey(module)}`, rows * module.rank));
    const outputs: Feeds = {
      ...(wanted.output ? { y: { data: y, dims: [rows, spec.hiddenSize] } } : {}),
      ...Object.fromEntries(
        lowered.map((module, index) => [
          `z.${moduleKey(module)}`,
          { data: z[index] ?? new Float32Array(), dims: [rows, module.rank] },
        ]),
      ),
    };
    await program.run(
      {
        x: { data: x, dims: [rows, spec.hiddenSize] },
        ...positions.feeds(layer, batch.length, longestText(batch)),
        ...weights.feeds(),
        ...lora,
      },
      outputs,
    );
    if (wanted.output) await output?.write(batch.firstRow, y);
    addGrams(
      grams,
      lowered.map(({ rank }) => rank),
      z,
      batch,
    );
    progress.worked(rows);
    await breathe(signal);
  }
  return grams;
}

function addGrams(
  grams: readonly Float64Array[],
  ranks: readonly number[],
  z: readonly Float32Array[],
  batch: MicroBatch,
): void {
  const marked = responseRows(batch);
  for (const [index, rows] of z.entries()) {
    const gram = grams[index];
    if (gram) accumulateGram(gram, ranks[index] ?? 0, rows, marked);
  }
}

/** Writes |M_hat| of a layer where scores are kept. */
async function scoreSink(
  { context, loaded, layer }: LayerRun,
  dataset: string,
): Promise<{ readonly keep: ScoreSink; readonly writer: SafetensorsWriter | null }> {
  const file = context.scoreFile('nlsr', dataset, layer);
  if (file === null || loaded.length === 0) return { keep: () => Promise.resolve(), writer: null };
  const writer = await SafetensorsWriter.create(
    file,
    loaded.flatMap(({ module: { aName, bName, rank, rows, inFeatures } }) => [
      { name: aName, dtype: 'F32' as const, shape: [rank, inFeatures] },
      { name: bName, dtype: 'F32' as const, shape: [rows, rank] },
    ]),
  );
  const keep: ScoreSink = (name, scores) =>
    writer.write(name, new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength));
  return { keep, writer };
}
