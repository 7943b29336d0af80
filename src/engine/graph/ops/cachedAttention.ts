import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

type CachedAttentionAttributes = {
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  /** 0 for none. */
  readonly softCap: number;
  /** -1 for none. */
  readonly window: number;
};

/**
 * Attention of one new position a sample to itself and to what the cache holds before it: q [B, 1, heads d], k and v
 * [B, 1, kvHeads d], rotated; pastK and pastV [B, kvHeads, capacity, d]; position int64 [B], the number of positions
 * that the cache holds of each sample. Outputs the context [B, 1, heads d], and the caches with k and v at
 * `position`. d is a multiple of 8. ONNX Runtime writes those two in place where the buffers given for them are those of pastK and pastV.
 * No gradient is ever asked of it.
 */
export const cachedAttentionOp: OpDefinition<CachedAttentionAttributes> = {
  type: 'CachedAttention',
  infer(inputs, { heads, kvHeads }) {
    const [q, k, v, pastK, pastV] = inputs.slice(0, 5) as [Value, Value, Value, Value, Value];
    const position = at(inputs, 5);
    const [batch = 0, groups, , width = 0] = pastK.shape;
    const fits =
      groups === kvHeads &&
      sameShape(q.shape, [batch, 1, heads * width]) &&
      sameShape(k.shape, [batch, 1, kvHeads * width]) &&
      sameShape(v.shape, k.shape) &&
      sameShape(pastV.shape, pastK.shape) &&
      sameShape(position.shape, [batch]) &&
      position.dtype === 'int64';
    if (!fits) {
      throw graphError(`cachedAttention of ${inputs.map(({ shape }) => showShape(shape)).join(', ')}.`);
    }
    return [q, pastK, pastV].map(({ dtype, shape }) => ({ dtype, shape }));
  },
  lower(e, inputs, { attrs: { heads, kvHeads, scale, softCap, window } }) {
    const position = at(inputs, 5);
    const int32 = { attributes: { to: 6 } };
    // Both are counted with the new position, the first less one.
    const earlier = e.op('Cast', [position], int32);
    const longest = e.op('ReduceMax', [position, e.ints([0])], { attributes: { keepdims: 1 } });
    const total = e.op('Cast', [e.op('Add', [longest, e.ints([1])])], int32);
    return e.multi('GroupQueryAttention', [...inputs.slice(0, 5), earlier, total], 3, {
      domain: 'com.microsoft',
      attributes: {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: { float: scale },
        softcap: { float: softCap },
        local_window_size: window,
      },
    });
  },
};

export interface CachedAttention {
  readonly context: Value;
  readonly k: Value;
  readonly v: Value;
}

/** @param inputs q, k, v, pastK, pastV, position */
export function cachedAttention(
  b: GraphBuilder,
  inputs: readonly [Value, Value, Value, Value, Value, Value],
  attrs: CachedAttentionAttributes,
): CachedAttention {
  const outputs = b.apply(cachedAttentionOp, inputs, attrs);
  return { context: at(outputs, 0), k: at(outputs, 1), v: at(outputs, 2) };
}
