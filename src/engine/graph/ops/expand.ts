import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { broadcastShape, sameShape, showShape, type Shape } from '../shapes';
import { at, type Value } from '../value';
import { sumTo } from './elementwise';

type ExpandAttributes = { readonly shape: Shape };

/** Broadcasts to a given shape. */
export const expandOp: OpDefinition<ExpandAttributes> = {
  type: 'Expand',
  infer(inputs, { shape }) {
    const x = at(inputs, 0);
    if (!sameShape(broadcastShape(x.shape, shape), shape)) {
      throw graphError(`${showShape(x.shape)} does not expand to ${showShape(shape)}.`);
    }
    return [{ dtype: x.dtype, shape }];
  },
  lower: (e, inputs, { attrs }) => [e.op('Expand', [at(inputs, 0), e.ints(attrs.shape)])],
  gradient: (b, { inputs }, [dy]) => [dy && sumTo(b, dy, at(inputs, 0).shape)],
};

export const expand = (b: GraphBuilder, x: Value, shape: Shape): Value =>
  sameShape(x.shape, shape) ? x : at(b.apply(expandOp, [x], { shape }), 0);

export const zeros = (b: GraphBuilder, shape: Shape): Value => expand(b, b.scalar(0), shape);
