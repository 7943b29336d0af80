import { type DecoderSpec } from '../../core/model/decoderSpec';
import type { GraphBuilder } from '../graph/graphBuilder';
import { cachedAttention, reshape, transpose } from '../graph/ops';
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
  return (b, { q, k, v }, { length: samples, scale, softCap }) => {
    const { pastK, pastV, position, kept } = ports(b);
    // [1, n, samples, d], or folded into that order, -> [samples, 1, n d].
    const bySample = (x: Value, n: number): Value =>
      reshape(b, transpose(b, reshape(b, x, [n, samples, headDim]), [1, 0, 2]), [samples, 1, n * headDim]);
    const { context, ...cache } = cachedAttention(
      b,
      [bySample(q, heads), bySample(k, kvHeads), bySample(v, kvHeads), pastK, pastV, position],
      { heads, kvHeads, scale, softCap: softCap ?? 0, window: window ?? -1 },
    );
    kept(cache.k, cache.v);
    return reshape(b, transpose(b, reshape(b, context, [samples, heads, headDim]), [1, 0, 2]), q.shape);
  };
}
