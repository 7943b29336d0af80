import { type DecoderSpec } from '../../core/model/decoderSpec';
import type { GraphBuilder } from '../graph/graphBuilder';
import { cachedAttention, concat, reshape, slice, transpose, zeros } from '../graph/ops';
import type { Value } from '../graph/value';
import type { Attend } from './decoderBlock';

/** Inputs and outputs of the cache of one layer in the graph. */
export interface CachePorts {
  readonly pastK: Value;
  readonly pastV: Value;
  readonly position: Value;
  /** Called with the caches that hold the new position too. */
  readonly kept: (k: Value, v: Value) => void;
}

/** Elements of a head in the cache: cachedAttention takes multiples of 8, so that zeros follow other heads. */
export const cacheWidth = ({ headDim }: Pick<DecoderSpec, 'headDim'>): number => Math.ceil(headDim / 8) * 8;

/**
 * One new position of each of `length` samples: the block is built for a batch of 1, so that its rows are samples and
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
    const { pastK, pastV, position, kept } = ports(b);
    // [1, n, samples, d], or folded into that order, -> [samples, 1, n d].
    const bySample = (x: Value, n: number): Value => {
      const heads = transpose(b, reshape(b, x, [n, samples, headDim]), [1, 0, 2]);
      const padding = width > headDim ? [zeros(b, [samples, n, width - headDim])] : [];
      return reshape(b, concat(b, [heads, ...padding], 2), [samples, 1, n * width]);
    };
    const { context, ...cache } = cachedAttention(
      b,
      [bySample(q, heads), bySample(k, kvHeads), bySample(v, kvHeads), pastK, pastV, position],
      { heads, kvHeads, scale, softCap: softCap ?? 0, window: window ?? -1 },
    );
    kept(cache.k, cache.v);
    const unpadded = slice(b, reshape(b, context, [samples, heads, width]), 2, 0, headDim);
    return reshape(b, transpose(b, unpadded, [1, 0, 2]), q.shape);
  };
}
