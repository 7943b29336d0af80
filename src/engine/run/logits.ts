import { writeFile } from 'node:fs/promises';

import type { LogitsParams, LogitsResult } from '../../protocol/engine';
import { headInput, headLogits } from '../blocks/headGraphs';
import { openModel, type ModelSource } from '../formats/modelDirectory';
import { defaultThreads } from '../ort/threads';
import { forwardGraph } from '../stream/blockPrograms';
import { scaleEmbedding } from '../stream/forwardPass';
import { LayerWeights, readGain } from '../stream/layerWeights';
import { PositionTables } from '../stream/passContext';
import { ProgramCache } from '../stream/programCache';
import { limitsFor } from './limits';
import type { EngineEnvironment } from './runInputs';

/**
 * Logits of every position of one text, by the graphs that runs are made of: what tests compare models by.
 * @throws ToolError of `openModel`
 */
export async function logits(
  { model: reference, tokenIds, outFile }: LogitsParams,
  { embeddedRoot }: EngineEnvironment,
): Promise<LogitsResult> {
  const model = await openModel(reference, process.cwd(), { embeddedRoot });
  const programs = new ProgramCache({ threads: await defaultThreads() });
  try {
    const hidden = await hiddenStates(model, programs, tokenIds);
    const values = await headRows(model, programs, hidden);
    await writeFile(outFile, new Uint8Array(values.buffer));
    return { shape: [tokenIds.length, model.spec.vocabSize] };
  } finally {
    await programs.release();
    await model.close();
  }
}

async function hiddenStates(
  model: ModelSource,
  programs: ProgramCache,
  tokenIds: readonly number[],
): Promise<Float32Array> {
  const { spec } = model;
  const length = tokenIds.length;
  const dims = [length, spec.hiddenSize];
  let x = new Float32Array(length * spec.hiddenSize);
  let y = new Float32Array(x.length);
  await model.readRows(spec.embedding, tokenIds, x);
  scaleEmbedding(spec, x);
  const weights = new LayerWeights(model);
  const positions = new PositionTables(spec);
  const program = await programs.get('forward', () =>
    forwardGraph(spec, { batch: 1, length }, { output: true, squareSums: false }),
  );
  for (let layer = 0; layer < spec.layers; layer++) {
    await weights.load(layer);
    const feeds = { ...positions.feeds(layer, length, length), ...weights.feeds() };
    await program.run({ x: { data: x, dims }, ...feeds }, { y: { data: y, dims } });
    [x, y] = [y, x];
  }
  return x;
}

/** The vocabulary goes by in chunks; the logits are whole. */
async function headRows(model: ModelSource, programs: ProgramCache, x: Float32Array): Promise<Float32Array> {
  const { spec } = model;
  const { hiddenSize, vocabSize } = spec;
  const rows = x.length / hiddenSize;
  const dims = [rows, hiddenSize];
  const gain = new Float32Array(hiddenSize);
  await readGain(model, spec.finalNorm, gain);
  const xn = { data: new Float32Array(x.length), dims };
  const normalise = await programs.get('head input', () => headInput(spec, rows));
  await normalise.run({ x: { data: x, dims }, gain: { data: gain, dims: [hiddenSize] } }, { xn });
  const all = new Float32Array(rows * vocabSize);
  const chunk = Math.min(vocabSize, Math.max(1, Math.floor(limitsFor(spec).headChunkElements / hiddenSize)));
  for (let first = 0; first < vocabSize; first += chunk) {
    const words = Math.min(chunk, vocabSize - first);
    const W = { data: new Float32Array(words * hiddenSize), dims: [words, hiddenSize] };
    await model.readFloat32(spec.head, W.data, first * hiddenSize);
    const part = { data: new Float32Array(rows * words), dims: [rows, words] };
    const program = await programs.get(`head logits ${words}`, () => headLogits(spec, rows, words));
    await program.run({ xn, W }, { logits: part });
    for (let row = 0; row < rows; row++) {
      all.set(part.data.subarray(row * words, (row + 1) * words), row * vocabSize + first);
    }
  }
  return all;
}
