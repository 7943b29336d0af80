import { type DecoderSpec } from '../../core/model/decoderSpec';
import type { GraphBuilder } from '../graph/graphBuilder';
import { cachedAttention, padLast, reshape, reshapeTo, slice, transpose } from '../graph/ops';
import type { Value } from '../graph/value';
import type { Attend } from './decoderBlock';

/** Inputs of the cache of one layer, and what is new for it. */
export interface CachePorts {
  readonly pastK: Value;
  readonly pastV: Value;
  /** Of the newest position of each sample. */
  readonly position: Value;
  /**
   * Where rows are several positions a sample, sample after sample: extents int64 [3] of queries, and of keys and
   * values, [samples, positions, elements of all heads].
   */
  readonly extents?: { readonly q: Value; readonly kv: Value };
  /** Called with the rotated keys and the values of the new rows, [1, kvHeads, rows, headDim]: not in the cache yet. */
  readonly kept: (k: Value, v: Value) => void;
}

/** Elements of a head in the cache: cachedAttention takes multiples of 8, so that zeros follow other heads. */
export const cacheWidth = ({ headDim }: Pick<DecoderSpec, 'headDim'>): number => Math.ceil(headDim / 8) * 8;

/**
 * New positions, one of each of `length` samples: the block is built for a batch of 1, so that its rows are samples and
 * the rows of the rotary tables are their positions, however far each has got.
 */
export function decodeAttention(
  spec: DecoderSpec,
  window: number | null,
  ports: (b: GraphBuilder) => CachePorts,
): Attend {
  const { heads, kvHeads, headDim } = spec;
  const width = cacheWidth(spec);
  return (b, { q, k, v }, { length: samples, scale, softCap }) => {
    const { pastK, pastV, position, extents, kept } = ports(b);
    // [1, n, samples, d], or folded into that order, -> [samples, 1, n d].
    const bySample = (x: Value, n: number, fed?: Value): Value => {
      const heads = padLast(b, transpose(b, reshape(b, x, [n, samples, headDim]), [1, 0, 2]), width);
      const shape = [samples, 1, n * width];
      return fed ? reshapeTo(b, heads, fed, shape) : reshape(b, heads, shape);
    };
    kept(k, v);
    const { context } = cachedAttention(
      b,
      [
        bySample(q, heads, extents?.q),
        bySample(k, kvHeads, extents?.kv),
        bySample(v, kvHeads, extents?.kv),
        pastK,
        pastV,
        position,
      ],
      { heads, kvHeads, scale, softCap: softCap ?? 0, window: window ?? -1 },
    );
    const unpadded = slice(b, reshape(b, context, [samples, heads, width]), 2, 0, headDim);
    return reshape(b, transpose(b, unpadded, [1, 0, 2]), q.shape);
  };
}
