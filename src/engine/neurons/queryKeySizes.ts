/** How much there is to compute and to hold for query and key neurons, and the shapes of what is prepared. */
import type { NeuronMode } from '../../core/methods/safeNeuron';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { BLOCK_ROWS, components, hasRatio, normsAllHeads, type Side } from './queryKeyGraphs';

/** Scores changed at a time: what a run costs beside its arithmetic is little then, and all of it stays in the cache. */
export const CHUNK_ELEMENTS = 2 ** 18;

/** Scores (heads x length x length, once for every neuron that touches them) to compute for one prompt and layer. */
export function changedScores(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): number {
  const { heads, kvHeads, headDim } = spec;
  const list = mode === 'code' ? (['q'] as const) : sides;
  return list.reduce((sum, side) => {
    const all = mode === 'paper' && normsAllHeads(spec, side);
    const pairs = all ? (side === 'q' ? heads : kvHeads) * headDim * heads : heads * headDim;
    return sum + pairs * length * length;
  }, 0);
}

/** Bytes that `QueryKeyImportance` holds at most for prompts up to `length`. */
export function queryKeyBytes(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): number {
  const { heads, kvHeads, headDim } = spec;
  const scores = 2 * heads * length * length;
  const factors = sides.length * (components(mode) + 2) * (heads + kvHeads) * headDim * length;
  // One neuron may be more than a chunk; every operation has a result of its own for a moment.
  const chunk = 6 * Math.max(CHUNK_ELEMENTS, heads * BLOCK_ROWS * length);
  // The runtime gives outputs back a second time, and makes them from values as large.
  return 4 * (chunk + 4 * (scores + factors));
}

/** What `prepareGraph` gives, by name. */
export function preparedShapes(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): Record<string, number[]> {
  const { heads, kvHeads, headDim } = spec;
  const repeat = heads / kvHeads;
  const parts = components(mode);
  const blocks = length / BLOCK_ROWS;
  const shapes: Record<string, number[]> = {
    scores: [blocks, kvHeads, 1, repeat, BLOCK_ROWS, length],
    probabilities: [blocks, kvHeads, 1, repeat, BLOCK_ROWS, length],
  };
  for (const side of mode === 'code' ? (['q'] as const) : sides) {
    shapes[`left.${side}`] = [blocks, kvHeads, headDim, repeat, BLOCK_ROWS, parts];
    shapes[`right.${side}`] = [kvHeads, headDim, 1, parts, length];
    if (!hasRatio(spec, mode, side)) continue;
    shapes[`ratio.${side}`] =
      side === 'q' ? [blocks, kvHeads, headDim, repeat, BLOCK_ROWS, 1] : [kvHeads, headDim, 1, 1, length];
    if (side === 'q' && normsAllHeads(spec, side)) {
      shapes['across.q'] = [blocks, 1, heads * headDim, 1, BLOCK_ROWS, 1];
    }
  }
  return shapes;
}
