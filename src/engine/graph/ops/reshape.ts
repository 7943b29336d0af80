import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { openExtent, sameShape, showShape, sizeOf, type Shape } from '../shapes';
import { at, type Value } from '../value';

type ReshapeAttributes = { readonly shape: Shape };

export const reshapeOp: OpDefinition<ReshapeAttributes> = {
  type: 'Reshape',
  infer([x], { shape }) {
    if (x === undefined || sizeOf(x.shape) !== sizeOf(shape)) {
      throw graphError(`${showShape(x?.shape ?? [])} cannot be reshaped to ${showShape(shape)}.`);
    }
    return [{ dtype: x.dtype, shape }];
  },
  lower: (e, inputs, { attrs }) => [e.op('Reshape', [at(inputs, 0), e.ints(attrs.shape.map(openExtent))])],
  gradient: (b, { inputs }, [dy]) => [dy && reshape(b, dy, at(inputs, 0).shape)],
};

export const reshape = (b: GraphBuilder, x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : at(b.apply(reshapeOp, [x], { shape }), 0);
