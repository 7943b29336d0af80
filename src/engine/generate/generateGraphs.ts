/** The graphs of generation, from the one description of a decoder block in blocks/decoderBlock. */
import { layerKind, type DecoderSpec, type LinearGroupName } from '../../core/model/decoderSpec';
import { cacheWidth, decodeAttention } from '../blocks/decodeAttention';
import { causalAttention, decoderBlock, type BlockShape, type HeadTensors } from '../blocks/decoderBlock';
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

export const layerInput = (layer: number, name: string): string => `layer${layer}.${name}`;

/**
 * One new position of each of `samples` samples through some layers: x [samples, hidden] -> `y`; caches
 * `layerL.cache.k` and `.v` [samples, kvHeads, capacity, cacheWidth]; what they are to take in comes out as `layerL.new.k`
 * and `.new.v` [1, kvHeads, samples, headDim]: a cache that came out whole would be copied every time. `position` int64
 * [samples]. The other inputs of a block carry the prefix `layerL.` too. Compiled with open shapes: any capacity will do.
 */
export function decodeGraph(spec: DecoderSpec, samples: number, layers: readonly number[]): GraphBuilder {
  const b = new StackBuilder('decode');
  b.output('y', addLayers(b, spec, samples, layers));
  return b;
}

export const tablePrefix = (kind: number): string => `kind${kind}`;

/**
 * The whole model with its weights inside, for prompts and for single positions: x [samples * positions, hidden],
 * sample after sample, padded on the right; `kindK.cos` and `.sin` [samples * positions, rotaryDim / 2] for each kind of
 * layers; caches, what is new for them, and `position`, of the last position that is no padding, as in decodeGraph, with samples * positions
 * rows that are new; `extents.q` and
 * `extents.kv` as CachePorts has them; `last` int64 [samples], the row of each sample's last position -> `token` int64
 * [samples, 1], the next one, and `best` [samples, 1], its logit. Compiled with open shapes.
 */
export function modelGraph(spec: DecoderSpec, weights: HeldWeights): GraphBuilder {
  const b = new StackBuilder('model', weights);
  const layers = Array.from({ length: spec.layers }, (_, layer) => layer);
  const extents = { q: b.input('extents.q', [3], 'int64'), kv: b.input('extents.kv', [3], 'int64') };
  const y = addLayers(b, spec, OPEN_ROWS, layers, { weights, extents });
  const last = gatherRows(b, y, b.input('last', [OPEN_ROWS], 'int64'));
  const words = logits(
    b,
    spec,
    last,
    b.constant(weights.gain, [spec.hiddenSize], 'float32'),
    b.storedMatrix(weights.head),
  );
  const token = argMax(b, words);
  b.output('token', token);
  b.output('best', pickColumns(b, words, token));
  return b;
}

function addLayers(
  b: StackBuilder,
  spec: DecoderSpec,
  samples: number,
  layers: readonly number[],
  held?: { readonly weights: HeldWeights; readonly extents: { readonly q: Value; readonly kv: Value } },
): Value {
  const position = b.input('position', [samples], 'int64');
  const kinds = [...new Set(spec.layerKinds)];
  for (const layer of layers) {
    const kind = layerKind(spec, layer);
    b.enterLayer(layer, kinds.indexOf(kind));
    const cache = (name: string): Value => b.input(name, [samples, spec.kvHeads, 1, cacheWidth(spec)]);
    const attend = decodeAttention(spec, kind.window, () => ({
      pastK: cache('cache.k'),
      pastV: cache('cache.v'),
      position,
      ...(held ? { extents: held.extents } : {}),
      kept: (k, v) => {
        b.output(layerInput(layer, 'new.k'), k);
        b.output(layerInput(layer, 'new.v'), v);
      },
    }));
    const scale = (group: LinearGroupName): number => held?.weights.scale(layer, group) ?? 1;
    b.carry(decoderBlock(b, spec, { batch: 1, length: samples }, attend, scale).y);
  }
  return b.leave();
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
 * Several blocks in one graph: `x` of a block is the output of the one before. Inputs get their layer's prefix, or, with
 * weights at hand, the weights themselves come in their place, and layers of a kind share its tables.
 */
class StackBuilder extends GraphBuilder {
  readonly #weights: HeldWeights | null;
  readonly #tables = new Map<string, Value>();
  #layer: number | null = null;
  #kind = 0;
  #x: Value | null = null;

  constructor(name: string, weights: HeldWeights | null = null) {
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
    const matrix = this.#weights?.matrix(layer, name);
    if (matrix) return this.storedMatrix(matrix);
    const vector = this.#weights?.vector(layer, name);
    if (vector) return this.constant(vector, shape, dtype);
    if (!this.#weights || (name !== 'cos' && name !== 'sin')) {
      return super.input(layerInput(layer, name), shape, dtype);
    }
    const shared = `${tablePrefix(this.#kind)}.${name}`;
    const table = this.#tables.get(shared) ?? super.input(shared, shape, dtype);
    this.#tables.set(shared, table);
    return table;
  }
}
