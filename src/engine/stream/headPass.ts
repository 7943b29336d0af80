import { readFile, rm } from 'node:fs/promises';

import { inputError } from '../../protocol/errors';
import { writeFileAtomic } from '../../store/atomicFile';
import { exists } from '../../store/exists';
import { headChunk, headInput, headOutput } from '../blocks/headGraphs';
import { activationFile } from './forwardPass';
import { readGain } from './layerWeights';
import { breathe, layerName, type PassContext, type WorkFiles } from './passContext';
import { lossPositions, type PlannedDataset } from './passPlan';
import { RowFile } from './rowFile';

/** Gradient of the loss with respect to the input of a layer; index `layers` is the top of the stack. */
export const gradientFile = (files: WorkFiles, layer: number): string =>
  files.workFile(`gradient-${layerName(layer)}.f32`);

/** datasetId -> mean NLL of the response tokens, a sample each, in the dataset's order. */
export type Losses = Record<string, number[]>;

const lossFile = (files: WorkFiles): string => files.workFile('head.json');

/** Position of a response-predicting row: which sample, where its row is on disk, what it must predict. */
interface HeadRow {
  readonly datasetId: string;
  readonly sampleIndex: number;
  readonly fileRow: number;
  readonly label: number;
  /** 1 / response tokens of the sample: the loss is a sample's mean (METHODS.md T4). */
  readonly weight: number;
}

/**
 * Final norm and masked NLL of the rows that predict a response token: losses, and their gradient at the top of the
 * stack. The vocabulary goes by in chunks with a running softmax, so that neither the head matrix nor the logits are
 * ever whole in memory.
 */
export async function headPass(context: PassContext): Promise<Losses> {
  if (await exists(lossFile(context))) return JSON.parse(await readFile(lossFile(context), 'utf8')) as Losses;
  const { spec, group, limits, progress, signal } = context;
  const rows = group.datasets.flatMap(headRows);
  const losses: Losses = Object.fromEntries(
    group.datasets.map(({ dataset }) => [dataset.id, dataset.samples.map(() => 0)]),
  );
  progress.enter('head', null, Math.ceil(rows.length / limits.headRows));
  const top = await RowFile.open(activationFile(context, spec.layers), spec.hiddenSize);
  const gradient = await RowFile.create(gradientFile(context, spec.layers), group.rows, spec.hiddenSize);
  try {
    for (let first = 0; first < rows.length; first += limits.headRows) {
      const tile = rows.slice(first, first + limits.headRows);
      const { nll, dx } = await headTile(context, tile, top);
      for (const [index, row] of tile.entries()) {
        const perSample = losses[row.datasetId];
        if (perSample) {
          perSample[row.sampleIndex] = (perSample[row.sampleIndex] ?? 0) + row.weight * (nll[index] ?? NaN);
        }
        const begin = index * spec.hiddenSize;
        await gradient.write(row.fileRow, dx.subarray(begin, begin + spec.hiddenSize));
      }
      await breathe(signal);
    }
    checkFinite(context, losses);
    await gradient.commit();
  } catch (thrown) {
    await gradient.discard();
    throw thrown;
  } finally {
    await top.close();
  }
  await gradient.close();
  await writeFileAtomic(lossFile(context), JSON.stringify(losses));
  await rm(activationFile(context, spec.layers), { force: true });
  context.scratch.drop('head.');
  await context.programs.drop((key) => key.startsWith('head '));
  return losses;
}

/** One NaN would reach every weight's sum, and a region of the lowest indices would look like any other. */
function checkFinite({ group }: PassContext, losses: Losses): void {
  for (const { dataset } of group.datasets) {
    const index = losses[dataset.id]?.findIndex((loss) => !Number.isFinite(loss)) ?? -1;
    if (index < 0) continue;
    throw inputError(
      'loss-not-finite',
      `Dataset '${dataset.id}', row ${dataset.samples[index]?.row ?? 0}: the loss of its response is not a number.`,
      'Check the weights of the model; if only some rows are affected, leave them out with "where".',
    );
  }
}

export function headRows({ dataset, batches }: PlannedDataset): HeadRow[] {
  return batches.flatMap((batch) =>
    batch.samples.flatMap((sample, slot) => {
      const positions = lossPositions(sample);
      return positions.map((position) => ({
        datasetId: dataset.id,
        sampleIndex: batch.sampleIndices[slot] ?? -1,
        fileRow: batch.firstRow + slot * batch.length + position,
        label: sample.tokenIds[position + 1] ?? -1,
        weight: 1 / positions.length,
      }));
    }),
  );
}

interface TileResult {
  readonly nll: Float32Array;
  readonly dx: Float32Array;
}

async function headTile(context: PassContext, tile: readonly HeadRow[], top: RowFile): Promise<TileResult> {
  const { spec, model, programs, scratch, limits, signal } = context;
  const rows = tile.length;
  const hidden = spec.hiddenSize;
  const wide = (name: string) => ({
    data: scratch.take(`head.${name}`, rows * hidden),
    dims: [rows, hidden],
  });
  const narrow = (name: string) => ({ data: scratch.take(`head.${name}`, rows), dims: [rows, 1] });

  const x = wide('x');
  for (const [index, { fileRow }] of tile.entries()) {
    await top.read(fileRow, x.data.subarray(index * hidden, (index + 1) * hidden));
  }
  const gain = { data: scratch.take('head.gain', hidden), dims: [hidden] };
  await readGain(model, spec.finalNorm, gain.data);
  const xn = wide('xn');
  const allThreads = true;
  const normalise = await programs.get(`head input ${rows}`, () => headInput(spec, rows), { allThreads });
  await normalise.run({ x, gain }, { xn });

  let state = { m: narrow('m.0'), s: narrow('s.0'), d: wide('d.0') };
  let next = { m: narrow('m.1'), s: narrow('s.1'), d: wide('d.1') };
  state.m.data.fill(-1e30);
  state.s.data.fill(0);
  state.d.data.fill(0);
  const chunk = Math.min(spec.vocabSize, Math.max(1, Math.floor(limits.headChunkElements / hidden)));
  for (let firstWord = 0; firstWord < spec.vocabSize; firstWord += chunk) {
    const words = Math.min(chunk, spec.vocabSize - firstWord);
    const weight = { data: scratch.take('head.W', words * hidden), dims: [words, hidden] };
    await model.readFloat32(spec.head, weight.data, firstWord * hidden);
    const program = await programs.get(`head chunk ${rows} ${words}`, () => headChunk(spec, rows, words), {
      allThreads,
    });
    await program.run({ xn, W: weight, ...state }, { m2: next.m, s2: next.s, d2: next.d });
    [state, next] = [next, state];
    await breathe(signal);
  }

  const labelRows = wide('labels');
  await model.readRows(
    spec.head,
    Int32Array.from(tile, ({ label }) => label),
    labelRows.data,
  );
  const weight = { data: Float32Array.from(tile, (row) => row.weight), dims: [rows, 1] };
  const nll = narrow('nll');
  const dx = wide('dx');
  const output = await programs.get(`head output ${rows}`, () => headOutput(spec, rows), { allThreads });
  await output.run({ x, gain, ...state, labelRows, weight }, { nll, dx });
  return { nll: nll.data, dx: dx.data };
}
