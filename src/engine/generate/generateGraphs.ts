/** The graphs of generation, from the one description of a decoder block in blocks/decoderBlock. */
import type { DecoderSpec, LinearGroupName } from '../../core/model/decoderSpec';
import { cacheWidth, decodeAttention, type CachePorts } from '../blocks/decodeAttention';
import {
  causalAttention,
  decoderBlock,
  type Attend,
  type BlockShape,
  type HeadTensors,
} from '../blocks/decoderBlock';
import { GraphBuilder } from '../graph/graphBuilder';
import { OPEN_ROWS, type Shape } from '../graph/shapes';
import { argMax, gatherRows, linear, mul, pickColumns, reduceMax, rmsNorm, tanh } from '../graph/ops';
import type { DType, Value } from '../graph/value';
import type { HeldWeights } from './heldWeights';

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

/**
 * One new position of each of `samples` samples through a layer: x [samples, hidden] -> `y`; caches `cache.k` and `.v`
 * [samples, kvHeads, capacity, cacheWidth]; what they are to take in comes out as `new.k` and `.v` [1, kvHeads, samples,
 * headDim]: a cache that came out whole would be copied every time. `position` int64 [samples]. Compiled with open
 * shapes: any capacity will do.
 */
export function decodeGraph(spec: DecoderSpec, samples: number, window: number | null): GraphBuilder {
  const b = new GraphBuilder('decode');
  const position = b.input('position', [samples], 'int64');
  const attend = cachedAttend(b, spec, { samples, window, position });
  b.output('y', decoderBlock(b, spec, { batch: 1, length: samples }, attend).y);
  return b;
}

export const layerPort = (layer: number, name: string): string => `layer${layer}.${name}`;
export const tablePrefix = (kind: number): string => `kind${kind}`;

/**
 * The whole model with its weights inside, for prompts and for single positions: x [samples * positions, hidden],
 * sample after sample, padded on the right; `kindK.cos` and `.sin` [samples * positions, rotaryDim / 2] for each kind of
 * layers; caches and what is new for them as in decodeGraph, with the prefix `layerL.` and samples * positions rows that
 * are new; `position`, of the last position that is no padding; `extents.q` and `extents.kv` as CachePorts has them;
 * `last` int64 [samples], the row of each sample's last position -> `token` int64 [samples, 1], the next one, and `best`
 * [samples, 1], its logit. Compiled with open shapes.
 */
export function modelGraph(spec: DecoderSpec, weights: HeldWeights): GraphBuilder {
  const b = new StackBuilder('model', weights);
  const samples = OPEN_ROWS;
  const extents = { q: b.input('extents.q', [3], 'int64'), kv: b.input('extents.kv', [3], 'int64') };
  const position = b.input('position', [samples], 'int64');
  const kinds = [...new Set(spec.layerKinds)];
  for (const [layer, kind] of spec.layerKinds.entries()) {
    b.enterLayer(layer, kinds.indexOf(kind));
    const attend = cachedAttend(b, spec, { samples, window: kind.window, position, extents });
    const scale = (group: LinearGroupName): number => weights.scale(layer, group);
    b.carry(decoderBlock(b, spec, { batch: 1, length: samples }, attend, scale).y);
  }
  const y = b.leave();
  const last = gatherRows(b, y, b.input('last', [samples], 'int64'));
  const gain = b.constant(weights.gain, [spec.hiddenSize], 'float32');
  const words = logits(b, spec, last, gain, b.storedMatrix(weights.head));
  const token = argMax(b, words);
  b.output('token', token);
  b.output('best', pickColumns(b, words, token));
  return b;
}

function cachedAttend(
  b: GraphBuilder,
  spec: DecoderSpec,
  {
    samples,
    window,
    ...ports
  }: Pick<CachePorts, 'position' | 'extents'> & { readonly samples: number; readonly window: number | null },
): Attend {
  const cache = (name: string): Value => b.input(name, [samples, spec.kvHeads, 1, cacheWidth(spec)]);
  return decodeAttention(spec, window, () => ({
    ...ports,
    pastK: cache('cache.k'),
    pastV: cache('cache.v'),
    kept: (k, v) => {
      b.output('new.k', k);
      b.output('new.v', v);
    },
  }));
}

/**
 * x [rows, hidden], `gain`, some rows of the head matrix `head` [words, hidden] -> `best` [rows, 1], the largest logit,
 * and its `index` int64 [rows, 1] in the chunk. Compiled with open shapes.
 */
export function pickGraph(spec: DecoderSpec): GraphBuilder {
  const b = new GraphBuilder('pick');
  const [x, gain] = [b.input('x', [1, spec.hiddenSize]), b.input('gain', [spec.hiddenSize])];
  const chunk = logits(b, spec, x, gain, b.input('head', [1, spec.hiddenSize]));
  b.output('best', reduceMax(b, chunk, [-1], true));
  b.output('index', argMax(b, chunk));
  return b;
}

function logits(b: GraphBuilder, spec: DecoderSpec, x: Value, gain: Value, head: Value): Value {
  const products = linear(b, rmsNorm(b, x, gain, spec.normEps), head);
  const cap = spec.finalSoftCap;
  // Rising, but float32 makes some logits equal that were not: then the lower id is the answer.
  return cap === null ? products : mul(b, tanh(b, mul(b, products, b.scalar(1 / cap))), b.scalar(cap));
}

/**
 * All blocks in one graph: `x` of a block is the output of the one before, weights come in the place of inputs, layers of
 * a kind share its tables, and what is left gets its layer's prefix.
 */
class StackBuilder extends GraphBuilder {
  readonly #weights: HeldWeights;
  readonly #tables = new Map<string, Value>();
  #layer: number | null = null;
  #kind = 0;
  #x: Value | null = null;

  constructor(name: string, weights: HeldWeights) {
    super(name);
    this.#weights = weights;
  }

  enterLayer(layer: number, kind: number): void {
    this.#layer = layer;
    this.#kind = kind;
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
    const layer = this.#layer;
    if (name === 'x' && this.#x) return this.#x;
    if (layer === null || name === 'x') return super.input(name, shape, dtype);
    const matrix = this.#weights.matrix(layer, name);
    if (matrix) return this.storedMatrix(matrix);
    const vector = this.#weights.vector(layer, name);
    if (vector) return this.constant(vector, shape, dtype);
    if (name !== 'cos' && name !== 'sin') return super.input(layerPort(layer, name), shape, dtype);
    const shared = `${tablePrefix(this.#kind)}.${name}`;
    const table = this.#tables.get(shared) ?? super.input(shared, shape, dtype);
    this.#tables.set(shared, table);
    return table;
  }

  override output(name: string, value: Value): void {
    super.output(this.#layer === null ? name : layerPort(this.#layer, name), value);
  }
}
