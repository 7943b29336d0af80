import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { replaceAt } from '../shapes';
import { at, type Value } from '../value';

type PadLastAttributes = { readonly extent: number };

/** Zeros behind the elements of the last axis, up to `extent`. No gradient is ever asked of it. */
export const padLastOp: OpDefinition<PadLastAttributes> = {
  type: 'PadLast',
  infer(inputs, { extent }) {
    const { dtype, shape } = at(inputs, 0);
    return [{ dtype, shape: replaceAt(shape, shape.length - 1, extent) }];
  },
  lower(e, inputs, { inputs: values, attrs: { extent } }) {
    const { shape } = at(values, 0);
    const last = shape.length - 1;
    const after = shape.map((size, axis) => (axis === last ? extent - size : 0));
    const pads = [...shape.map(() => 0), ...after];
    return [e.op('Pad', [at(inputs, 0), e.ints(pads)])];
  },
};

export const padLast = (b: GraphBuilder, x: Value, extent: number): Value =>
  x.shape.at(-1) === extent ? x : at(b.apply(padLastOp, [x], { extent }), 0);
