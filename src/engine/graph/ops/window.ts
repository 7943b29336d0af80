import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, resolveAxis, sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

type WindowAttributes = { readonly axis: number; readonly extent: number };

/**
 * `extent` positions of one axis from `start` on, where `start` (int64 [1]) is known at run time only: one compiled
 * graph serves every chunk of a matrix. No gradient is ever asked of it.
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
  lower(e, inputs, { attrs: { axis, extent } }) {
    const [x, start] = [at(inputs, 0), at(inputs, 1)];
    const end = e.op('Add', [start, e.ints([extent])]);
    return [e.op('Slice', [x, start, end, e.ints([axis])])];
  },
};

export function window(b: GraphBuilder, x: Value, axis: number, start: Value, extent: number): Value {
  return at(b.apply(windowOp, [x, start], { axis: resolveAxis(axis, x.shape.length), extent }), 0);
}
