/** The graphs of generation, from the one description of a decoder block in blocks/decoderBlock. */
import { layerKind, type DecoderSpec } from '../../core/model/decoderSpec';
import { cacheWidth, decodeAttention } from '../blocks/decodeAttention';
import { causalAttention, decoderBlock, type BlockShape, type HeadTensors } from '../blocks/decoderBlock';
import { GraphBuilder } from '../graph/graphBuilder';
import type { Shape } from '../graph/shapes';
import { argMax, linear, mul, reduceMax, rmsNorm, tanh } from '../graph/ops';
import type { DType, Value } from '../graph/value';

/** x [rows, hidden] -> `y`, and the `k` and `v` of the block's positions, [batch, kvHeads, length, headDim]. */
export function prefillGraph(spec: DecoderSpec, shape: BlockShape): GraphBuilder {
  const b = new GraphBuilder('prefill');
  const kept: HeadTensors[] = [];
  const block = decoderBlock(b, spec, shape, (builder, heads, blockShape) => {
    kept.push(heads);
    return causalAttention(builder, heads, blockShape);
  });
  b.output('y', block.y);
  for (const { k, v } of kept) {
    b.output('k', k);
    b.output('v', v);
  }
  return b;
}

export const layerInput = (layer: number, name: string): string => `layer${layer}.${name}`;

/**
 * One new position of each of `samples` samples through some layers: x [samples, hidden] -> `y`; caches
 * `layerL.cache.k` and `.v` [samples, kvHeads, capacity, cacheWidth] -> `layerL.present.k` and `.v`; `position` int64
 * [samples]. The other inputs of a block carry the prefix `layerL.` too. With `withHead` also `gain` and `head`, and
 * `token` int64 [samples, 1], the next one, in place of `y`. Compiled with open shapes: any capacity will do.
 */
export function decodeGraph(
  spec: DecoderSpec,
  samples: number,
  layers: readonly number[],
  withHead: boolean,
): GraphBuilder {
  const b = new StackBuilder('decode');
  const position = b.input('position', [samples], 'int64');
  for (const layer of layers) {
    b.enterLayer(layer);
    const cache = (name: string): Value => b.input(name, [samples, spec.kvHeads, 1, cacheWidth(spec)]);
    const attend = decodeAttention(spec, layerKind(spec, layer).window, () => ({
      pastK: cache('cache.k'),
      pastV: cache('cache.v'),
      position,
      kept: (k, v) => {
        b.output(layerInput(layer, 'present.k'), k);
        b.output(layerInput(layer, 'present.v'), v);
      },
    }));
    b.carry(decoderBlock(b, spec, { batch: 1, length: samples }, attend).y);
  }
  const y = b.leave();
  if (withHead) b.output('token', argMax(b, logits(b, spec, y, spec.vocabSize)));
  else b.output('y', y);
  return b;
}

/**
 * x [rows, hidden], `gain`, some rows of the head matrix `head` [words, hidden] -> `best` [rows, 1], the largest logit,
 * and its `index` int64 [rows, 1] in the chunk. Compiled with open shapes.
 */
export function pickGraph(spec: DecoderSpec): GraphBuilder {
  const b = new GraphBuilder('pick');
  const chunk = logits(b, spec, b.input('x', [1, spec.hiddenSize]), 1);
  b.output('best', reduceMax(b, chunk, [-1], true));
  b.output('index', argMax(b, chunk));
  return b;
}

function logits(b: GraphBuilder, spec: DecoderSpec, x: Value, words: number): Value {
  const xn = rmsNorm(b, x, b.input('gain', [spec.hiddenSize]), spec.normEps);
  const products = linear(b, xn, b.input('head', [words, spec.hiddenSize]));
  const cap = spec.finalSoftCap;
  // Rising, but float32 makes some logits equal that were not: then the lower id is the answer.
  return cap === null ? products : mul(b, tanh(b, mul(b, products, b.scalar(1 / cap))), b.scalar(cap));
}

/** Several blocks in one graph: inputs get their layer's prefix, and `x` of a block is the output of the one before. */
class StackBuilder extends GraphBuilder {
  #layer: number | null = null;
  #x: Value | null = null;

  enterLayer(layer: number): void {
    this.#layer = layer;
  }

  carry(y: Value): void {
    this.#x = y;
  }

  /** Leaves the layers; returns what the last one gave. */
  leave(): Value {
    this.#layer = null;
    if (!this.#x) throw new Error('A stack without layers.');
    return this.#x;
  }

  override input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
    if (name === 'x' && this.#x) return this.#x;
    return super.input(
      this.#layer === null || name === 'x' ? name : layerInput(this.#layer, name),
      shape,
      dtype,
    );
  }
}
