import type { ModelSource } from '../../../src/engine/formats/modelDirectory';
import { forwardGraph } from '../../../src/engine/stream/blockPrograms';
import { scaleEmbedding } from '../../../src/engine/stream/forwardPass';
import { LayerWeights, readGain } from '../../../src/engine/stream/layerWeights';
import { PositionTables } from '../../../src/engine/stream/passContext';
import { ProgramCache } from '../../../src/engine/stream/programCache';

/**
 * Greedy answers without a cache: for every new token the whole text goes through the graphs of the streamed pass
 * (which are compared with PyTorch elsewhere), one text at a time without padding; the head in float64.
 */
export async function recompute(
  model: ModelSource,
  prompts: readonly (readonly number[])[],
  maxNewTokens: number,
  stops: ReadonlySet<number> = new Set(),
): Promise<number[][]> {
  const { spec } = model;
  const programs = new ProgramCache({ threads: 1 });
  const positions = new PositionTables(spec);
  const layers = Array.from({ length: spec.layers }, () => new LayerWeights(model));
  for (const [layer, weights] of layers.entries()) await weights.load(layer);
  const head = new Float32Array(spec.vocabSize * spec.hiddenSize);
  await model.readFloat32(spec.head, head);
  const gain = new Float32Array(spec.hiddenSize);
  await readGain(model, spec.finalNorm, gain);

  const next = async (text: readonly number[]): Promise<number> => {
    const length = text.length;
    const dims = [length, spec.hiddenSize];
    let x = new Float32Array(length * spec.hiddenSize);
    await model.readRows(spec.embedding, text, x);
    scaleEmbedding(spec, x);
    const program = await programs.get(`${length}`, () =>
      forwardGraph(spec, { batch: 1, length }, { output: true, squareSums: false }),
    );
    for (const [layer, weights] of layers.entries()) {
      const y = new Float32Array(x.length);
      await program.run(
        { x: { data: x, dims }, ...positions.feeds(layer, length, length), ...weights.feeds() },
        { y: { data: y, dims } },
      );
      x = y;
    }
    const top = rmsNormRow(x.subarray((length - 1) * spec.hiddenSize), gain, spec.normEps);
    const logits = Array.from({ length: spec.vocabSize }, (_, word) =>
      top.reduce((sum, value, i) => sum + value * head[word * spec.hiddenSize + i]!, 0),
    );
    return logits.indexOf(Math.max(...logits));
  };

  const answers: number[][] = [];
  for (const prompt of prompts) {
    const answer: number[] = [];
    while (answer.length < maxNewTokens && prompt.length + answer.length < spec.maxPositions) {
      const token = await next([...prompt, ...answer]);
      if (stops.has(token)) break;
      answer.push(token);
    }
    answers.push(answer);
  }
  await programs.release();
  return answers;
}

/** x / sqrt(mean(x^2) + eps) gain, in float64. */
function rmsNormRow(x: Float32Array, gain: Float32Array, eps: number): number[] {
  const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return Array.from(x, (value, index) => (value / Math.sqrt(meanSquare + eps)) * gain[index]!);
}
