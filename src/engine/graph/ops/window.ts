import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, resolveAxis, sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

type WindowAttributes = { readonly axis: number; readonly extent: number };

/**
 * Positions `start` to `end` (exclusive) of one axis, both int64 [1] and known at run time only: one compiled graph
 * serves every chunk of a matrix. `extent` is end - start where shapes are inferred. No gradient is ever asked of it.
 */
export const windowOp: OpDefinition<WindowAttributes> = {
  type: 'Window',
  infer(inputs, { axis, extent }) {
    const [x, start] = [at(inputs, 0), at(inputs, 1)];
    if (extent < 1 || extent > at(x.shape, axis) || start.dtype !== 'int64' || !sameShape(start.shape, [1])) {
      throw graphError(`window of ${extent} along axis ${axis} of ${showShape(x.shape)}.`);
    }
    return [{ dtype: x.dtype, shape: replaceAt(x.shape, axis, extent) }];
  },
  lower(e, inputs, { attrs: { axis } }) {
    return [e.op('Slice', [at(inputs, 0), at(inputs, 1), at(inputs, 2), e.ints([axis])])];
  },
};

export interface WindowRange {
  readonly start: Value;
  readonly end: Value;
  readonly extent: number;
}

export function window(b: GraphBuilder, x: Value, axis: number, { start, end, extent }: WindowRange): Value {
  return at(b.apply(windowOp, [x, start, end], { axis: resolveAxis(axis, x.shape.length), extent }), 0);
}
