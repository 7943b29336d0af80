import { rm } from 'node:fs/promises';

import { inputError } from '../../protocol/errors';
import { exists } from '../../store/exists';
import { forwardGraph, squareSumQuantities } from './blockPrograms';
import type { Feeds } from '../ort/runtime';
import { CommitQueue } from './commitQueue';
import type { ForwardObserver } from './forwardObserver';
import { inOrder } from './inOrder';
import { LayerScorer } from './layerScorer';
import {
  backwardMethods,
  breathe,
  forwardMethods,
  layerName,
  type PassContext,
  type WorkFiles,
} from './passContext';
import { batchRows, longestText, responsePositions, type MicroBatch, type PlannedDataset } from './passPlan';
import { RowFile } from './rowFile';

export const activationFile = (files: WorkFiles, layer: number): string =>
  files.workFile(`activation-${layerName(layer)}.f32`);
export const forwardResultFile = (files: WorkFiles, layer: number): string =>
  files.workFile(`forward-${layerName(layer)}.safetensors`);

/**
 * All samples of the group through all layers, one layer at a time. Leaves the input of every layer on disk where a
 * backward pass follows (its forward is recomputed from there), else that of the last layer only.
 */
export async function forwardPass(
  context: PassContext,
  observers: readonly ForwardObserver[] = [],
): Promise<void> {
  const { spec, group, progress } = context;
  const hasBackward = backwardMethods(context.methods).length > 0;
  let layer = 0;
  while (layer < spec.layers && (await exists(forwardResultFile(context, layer)))) {
    progress.skip('forward', group.rows);
    layer++;
  }
  if (layer === spec.layers) return;
  let input =
    layer === 0 ? await embed(context) : await RowFile.open(activationFile(context, layer), spec.hiddenSize);
  const commits = new CommitQueue();
  try {
    for (; layer < spec.layers; layer++) {
      const next = await forwardLayer(context, layer, {
        input,
        hasOutput: hasBackward || layer < spec.layers - 1 || observers.some(({ needsOutput }) => needsOutput),
        commits,
        observers,
      });
      await input.close();
      if (!hasBackward) {
        const finished = activationFile(context, layer);
        commits.add(() => rm(finished, { force: true }));
      }
      if (next) input = next;
    }
  } finally {
    await input.close();
    await commits.drain();
  }
  context.scratch.drop('scores.');
  await context.programs.drop((key) => key.startsWith('forward '));
}

/**
 * Input of layer 0: the rows of the embedding that the tokens name. Padding repeats the text's last token: nothing
 * attends to it, but 0 times it is added, so it must be as finite as the text (rows that no token uses may hold NaN).
 */
export async function embed(context: PassContext): Promise<RowFile> {
  const { spec, model, group } = context;
  const file = await RowFile.create(activationFile(context, 0), group.rows, spec.hiddenSize);
  try {
    for (const batch of group.datasets.flatMap(({ batches }) => batches)) {
      const ids = paddedIds(batch);
      const rows = context.scratch.take('x', ids.length * spec.hiddenSize);
      await model.readRows(spec.embedding, ids, rows);
      scaleEmbedding(spec, rows);
      await file.write(batch.firstRow, rows);
      await breathe(context.signal);
    }
    await file.commit();
  } catch (thrown) {
    await file.discard();
    throw thrown;
  }
  return file;
}

function paddedIds(batch: MicroBatch): Int32Array {
  const ids = new Int32Array(batchRows(batch));
  batch.samples.forEach(({ tokenIds }, index) => {
    const begin = index * batch.length;
    ids.set(tokenIds, begin);
    ids.fill(tokenIds.at(-1) ?? 0, begin + tokenIds.length, begin + batch.length);
  });
  return ids;
}

/** In place. transformers keeps the factor in the dtype of the model: here float32. */
export function scaleEmbedding({ embeddingScale }: PassContext['spec'], rows: Float32Array): void {
  if (embeddingScale === 1) return;
  const factor = Math.fround(embeddingScale);
  rows.forEach((value, index) => (rows[index] = value * factor));
}

interface LayerInput {
  readonly input: RowFile;
  readonly hasOutput: boolean;
  readonly commits: CommitQueue;
  readonly observers: readonly ForwardObserver[];
}

/** Returns the output, which is the next layer's input; null where nobody needs it. */
async function forwardLayer(
  context: PassContext,
  layer: number,
  { input, hasOutput, commits, observers }: LayerInput,
): Promise<RowFile | null> {
  const { spec, group, weights, progress, signal } = context;
  const methods = forwardMethods(context.methods);
  const squareSums = methods.length > 0;
  const batches = group.datasets.reduce((sum, planned) => sum + planned.batches.length, 0);
  progress.enter('forward', layer, batches);
  await weights.load(layer, signal);
  weights.loadAhead(layer + 1, signal);
  for (const observer of observers) await observer.beginLayer(layer);
  const scorer = await LayerScorer.begin(context, methods, layer, forwardResultFile(context, layer));
  const findings: (() => Promise<void>)[] = [];
  let output: RowFile | null = null;
  try {
    if (hasOutput)
      output = await RowFile.create(activationFile(context, layer + 1), group.rows, spec.hiddenSize);
    for (const planned of group.datasets) {
      const sums = new Map(spec.groups.map(({ name, inFeatures }) => [name, new Float64Array(inFeatures)]));
      const sinks = { input, output, sums, squareSums, observers };
      const isNeeded = hasOutput || squareSums || observers.length > 0;
      await inOrder(
        observers.length > 0 ? context.programs.sideBySide : context.programs.width,
        planned.batches,
        async (batch, slot) => (isNeeded ? runForward(context, layer, batch, sinks, slot) : null),
        async (batch, result) => {
          if (result) {
            await takeForward(batch, result, sinks);
            for (const [index, observer] of observers.entries()) {
              const outputs = result.observed[index] ?? {};
              await observer.batchDone({ layer, planned, batch, y: result.y, outputs });
            }
          }
          progress.batchDone('forward', batchRows(batch));
          await breathe(signal);
        },
      );
      if (squareSums) await scoreForward(scorer, layer, planned, sums);
    }
    for (const observer of observers) findings.push(await observer.endLayer(layer));
    // One layer at most waits for the disk: its space is in the estimate, and a full disk shows at once.
    await commits.drain();
  } catch (thrown) {
    await output?.discard();
    await scorer.abort();
    throw thrown;
  }
  const made = output;
  // The output first: the result file's name is what says that this layer is done.
  if (made) commits.add(() => made.commit());
  commits.add(...findings, () => scorer.finish());
  return made;
}

interface ForwardSinks {
  readonly input: RowFile;
  readonly output: RowFile | null;
  readonly sums: ReadonlyMap<string, Float64Array>;
  readonly squareSums: boolean;
  readonly observers: readonly ForwardObserver[];
}

interface ForwardResult {
  /** The layer's output in lent memory, where there is one. */
  readonly y: Float32Array | null;
  readonly squareSums: ReadonlyMap<string, Float32Array>;
  /** Outputs of each observer. */
  readonly observed: readonly Feeds[];
}

async function runForward(
  context: PassContext,
  layer: number,
  batch: MicroBatch,
  { input, output, squareSums, observers }: ForwardSinks,
  slot: number,
): Promise<ForwardResult> {
  const { spec, programs, weights, positions, scratch } = context;
  const shape = { batch: batch.samples.length, length: batch.length };
  const rows = batchRows(batch);
  const program = await programs.get(
    `forward ${shape.batch} ${shape.length} ${output !== null} ${squareSums} ${observers.map(({ key }) => key).join(' ')}`,
    () => forwardGraph(spec, shape, { output: output !== null, squareSums, observers }),
  );
  const x = scratch.take(`x.${slot}`, rows * spec.hiddenSize);
  await input.read(batch.firstRow, x);
  const y = output ? { data: scratch.take(`y.${slot}`, x.length), dims: [rows, spec.hiddenSize] } : null;
  const batchSums = new Map(
    squareSums
      ? spec.groups.map(({ name, inFeatures }) => [
          name,
          { data: new Float32Array(inFeatures), dims: [1, inFeatures] },
        ])
      : [],
  );
  const observed = observers.map((observer) => observer.outputs(layer, batch, slot));
  await program.run(
    {
      x: { data: x, dims: [rows, spec.hiddenSize] },
      ...positions.feeds(layer, batch.length, longestText(batch)),
      ...weights.feeds(),
      ...(squareSums ? { responseRows: { data: responseRows(batch), dims: [1, rows] } } : {}),
      ...(Object.assign({}, ...observers.map((observer) => observer.feeds(layer, batch))) as Feeds),
    },
    {
      ...(y ? { y } : {}),
      ...Object.fromEntries([...batchSums].map(([name, sum]) => [`squareSum.${name}`, sum])),
      ...(Object.assign({}, ...observed) as Feeds),
    },
  );
  return {
    y: y?.data ?? null,
    squareSums: new Map([...batchSums].map(([name, { data }]) => [name, data])),
    observed,
  };
}

async function takeForward(
  batch: MicroBatch,
  { y, squareSums }: ForwardResult,
  { output, sums }: ForwardSinks,
): Promise<void> {
  if (output && y) await output.write(batch.firstRow, y);
  for (const [name, sum] of sums) {
    squareSums.get(name)?.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value));
  }
}

/** 1 at rows that hold a response token, 0 at prompt and padding. */
export function responseRows(batch: MicroBatch): Float32Array {
  const rows = new Float32Array(batchRows(batch));
  batch.samples.forEach((sample, index) => {
    for (const position of responsePositions(sample)) rows[index * batch.length + position] = 1;
  });
  return rows;
}

async function scoreForward(
  scorer: LayerScorer,
  layer: number,
  { dataset }: PlannedDataset,
  sums: ReadonlyMap<string, Float64Array>,
): Promise<void> {
  for (const [name, sum] of sums) {
    if (sum.every((value) => Number.isFinite(Math.fround(value)))) continue;
    throw inputError(
      'activation-not-finite',
      `Dataset '${dataset.id}', layer ${layer}: inputs of ${name} overflow or are NaN, so nothing can be ranked by them.`,
      'Check the weights of the model: does it answer in float32?',
    );
  }
  await scorer.scoreDataset(dataset, (group) => {
    const squareSum = { data: Float32Array.from(sums.get(group.name) ?? []), dims: [1, group.inFeatures] };
    return { key: 'squareSum', build: squareSumQuantities, feeds: { squareSum } };
  });
}
