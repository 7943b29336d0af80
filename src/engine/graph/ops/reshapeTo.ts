import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape, sizeOf, type Shape } from '../shapes';
import { at, type Value } from '../value';

type ReshapeToAttributes = { readonly shape: Shape };

/** A reshape to extents that are fed, int64 [rank]; `shape` stands for them in the graph. No gradient is ever asked of it. */
export const reshapeToOp: OpDefinition<ReshapeToAttributes> = {
  type: 'ReshapeTo',
  infer(inputs, { shape }) {
    const [x, extents] = [at(inputs, 0), at(inputs, 1)];
    if (
      sizeOf(x.shape) !== sizeOf(shape) ||
      extents.dtype !== 'int64' ||
      !sameShape(extents.shape, [shape.length])
    ) {
      throw graphError(
        `${showShape(x.shape)} cannot be reshaped to ${showShape(shape)} by ${showShape(extents.shape)}.`,
      );
    }
    return [{ dtype: x.dtype, shape }];
  },
  lower: (e, inputs) => [e.op('Reshape', [at(inputs, 0), at(inputs, 1)])],
};

export const reshapeTo = (b: GraphBuilder, x: Value, extents: Value, shape: Shape): Value =>
  at(b.apply(reshapeToOp, [x, extents], { shape }), 0);
