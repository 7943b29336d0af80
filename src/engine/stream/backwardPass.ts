import { rm } from 'node:fs/promises';

import { groupRows } from '../../core/model/decoderSpec';
import { exists } from '../../store/exists';
import type { Tensor } from '../ort/runtime';
import { backwardGraph, gradientQuantities } from './blockPrograms';
import { BlockGradients } from './blockGradients';
import { CommitQueue } from './commitQueue';
import { activationFile } from './forwardPass';
import { inOrder } from './inOrder';
import { gradientFile } from './headPass';
import { LayerScorer } from './layerScorer';
import { backwardMethods, breathe, layerName, type PassContext, type WorkFiles } from './passContext';
import { batchRows, longestText, type MicroBatch, type PlannedDataset } from './passPlan';
import { PairBuffer } from './pairBuffer';
import { pairSum, runPairSum, type GroupRows, type PairSum } from './pairSums';
import { rowChunks } from './rowChunks';
import { RowFile } from './rowFile';

export const backwardResultFile = (files: WorkFiles, layer: number): string =>
  files.workFile(`backward-${layerName(layer)}.safetensors`);

/**
 * From the last layer to the first: recompute the layer's forward from its kept input, pass the gradient on to the
 * layer below, and score the layer's weights by the sum over samples of |dY^T X|.
 */
export async function backwardPass(context: PassContext): Promise<void> {
  const { spec, group, progress } = context;
  let layer = spec.layers - 1;
  while (layer >= 0 && (await exists(backwardResultFile(context, layer)))) {
    progress.skip('backward', group.rows);
    layer--;
  }
  const commits = new CommitQueue();
  let above: RowFile | null =
    layer >= 0 ? await RowFile.open(gradientFile(context, layer + 1), spec.hiddenSize) : null;
  try {
    for (; layer >= 0 && above; layer--) {
      const below = await backwardLayer(context, layer, above, commits);
      await above.close();
      const finished = [gradientFile(context, layer + 1), activationFile(context, layer)];
      commits.add(...finished.map((file) => () => rm(file, { force: true })));
      above = below;
    }
  } finally {
    await above?.close();
    await commits.drain();
  }
  context.scratch.drop('pairs.');
  context.scratch.drop('replicates.');
  context.scratch.drop('scores.');
  await context.programs.drop((key) => key.startsWith('backward '));
}

/** Returns the gradient of the layer's input; null below layer 0, where nobody asks for it. */
async function backwardLayer(
  context: PassContext,
  layer: number,
  above: RowFile,
  commits: CommitQueue,
): Promise<RowFile | null> {
  const { spec, group, weights, progress, signal } = context;
  const batches = group.datasets.reduce((sum, planned) => sum + planned.batches.length, 0);
  progress.enter('backward', layer, batches);
  await weights.load(layer, signal);
  weights.loadAhead(layer - 1, signal);
  const methods = backwardMethods(context.methods);
  const scorer = await LayerScorer.begin(context, methods, layer, backwardResultFile(context, layer));
  const partScorer = await context.replicates?.begin(context, methods, 'backward', layer);
  let input: RowFile | null = null;
  let below: RowFile | null = null;
  try {
    input = await RowFile.open(activationFile(context, layer), spec.hiddenSize);
    if (layer > 0) below = await RowFile.create(gradientFile(context, layer), group.rows, spec.hiddenSize);
    for (const planned of group.datasets) {
      await backwardDataset(context, planned, { layer, input, above, below }, scorer, partScorer);
    }
    // One layer at most waits for the disk: see forwardLayer.
    await commits.drain();
  } catch (thrown) {
    await below?.discard();
    await scorer.abort();
    await partScorer?.abort();
    throw thrown;
  } finally {
    await input?.close();
  }
  const made = below;
  // The gradient first: the result file's name is what says that this layer is done.
  if (made) commits.add(() => made.commit());
  if (partScorer) commits.add(() => partScorer.finish());
  commits.add(() => scorer.finish());
  return made;
}

interface LayerFiles {
  readonly layer: number;
  readonly input: RowFile;
  readonly above: RowFile;
  readonly below: RowFile | null;
}

/**
 * The pairs of as many micro-batches are held as a layer's accumulators would take; a dataset with more adds the held
 * ones to full accumulators and goes on. Either way samples are added in the same order: the sums are the same bits.
 */
async function backwardDataset(
  context: PassContext,
  { dataset, batches }: PlannedDataset,
  files: LayerFiles,
  scorer: LayerScorer,
  partScorer: LayerScorer | undefined,
): Promise<void> {
  const { programs, progress, signal, replicates } = context;
  const pairs = new PairBuffer(context, batches.map(batchRows));
  const blocks = replicates && new BlockGradients(context, replicates, dataset);
  for (let next = 0; next < batches.length;) {
    if (next > 0) await addHeldPairs(context, pairs);
    const held = pairs.fitting(batches.slice(next));
    next += held.length;
    await inOrder(
      programs.width,
      held,
      async (batch, slot) => backwardBatch(context, batch, files, pairs, slot),
      async (batch, dx) => {
        if (dx) await files.below?.write(batch.firstRow, dx);
        progress.batchDone('backward', batchRows(batch));
        await breathe(signal);
      },
    );
    await blocks?.add(pairs, held);
  }
  const inverseCount: Tensor = { data: Float32Array.of(1 / dataset.samples.length), dims: [] };
  await scorer.scoreDataset(dataset, (group, firstRow, rows) => {
    const sum = heldPairSum(context, pairs, { group, firstRow, rows });
    return {
      key: `pairs ${sum.batches} ${sum.windowed}`,
      build: gradientQuantities(sum.batches, sum.windowed),
      feeds: { ...sum.feeds, inverseCount },
    };
  });
  pairs.clear();
  if (partScorer) await blocks?.score(partScorer);
}

/** Returns the gradient of the layer's input in lent memory; null where nobody asks for it. */
async function backwardBatch(
  context: PassContext,
  batch: MicroBatch,
  { layer, input, above, below }: LayerFiles,
  pairs: PairBuffer,
  slot: number,
): Promise<Float32Array | null> {
  const { spec, programs, weights, positions, scratch } = context;
  const shape = { batch: batch.samples.length, length: batch.length };
  const rows = batchRows(batch);
  const wide = (name: string) => ({
    data: scratch.take(`${name}.${slot}`, rows * spec.hiddenSize),
    dims: [rows, spec.hiddenSize],
  });
  const x = wide('x');
  const dy = wide('dy');
  const outputs = pairs.add(shape);
  await input.read(batch.firstRow, x.data);
  await above.read(batch.firstRow, dy.data);
  const program = await programs.get(`backward ${shape.batch} ${shape.length} ${below !== null}`, () =>
    backwardGraph(spec, shape, { inputGradient: below !== null }),
  );
  const dx = below ? wide('dx') : null;
  await program.run(
    { x, dy, ...positions.feeds(layer, batch.length, longestText(batch)), ...weights.feeds() },
    { ...(dx ? { dx } : {}), ...outputs },
  );
  return dx?.data ?? null;
}

/** What was summed before, and the held pairs. */
function heldPairSum(context: PassContext, pairs: PairBuffer, chunk: GroupRows): PairSum {
  const { group, firstRow, rows } = chunk;
  const [begin, end] = [firstRow * group.inFeatures, (firstRow + rows) * group.inFeatures];
  return pairSum(context, chunk, pairs.held(group), pairs.accumulator(group)?.subarray(begin, end));
}

/** Moves the held pairs into full accumulators, so that their room is free again. */
async function addHeldPairs(context: PassContext, pairs: PairBuffer): Promise<void> {
  const { spec, limits, programs, signal } = context;
  const chunks = spec.groups.flatMap((group) =>
    rowChunks(groupRows(group), group.inFeatures, limits).map((chunk) => ({ group, ...chunk })),
  );
  for (const group of spec.groups) pairs.openAccumulator(group);
  await inOrder(
    programs.width,
    chunks,
    async (chunk, slot) => runPairSum(context, chunk, heldPairSum(context, pairs, chunk), slot),
    async ({ group, firstRow }, sum) => {
      pairs.openAccumulator(group).set(sum, firstRow * group.inFeatures);
      await breathe(signal);
    },
  );
  pairs.release();
}
