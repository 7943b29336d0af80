import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { replaceAt } from '../shapes';
import { at, type Value } from '../value';

/** Index of the largest element of the last axis, int64 [..., 1]; the lowest index where several are equal. */
export const argMaxOp: OpDefinition = {
  type: 'ArgMax',
  infer(inputs) {
    const { shape } = at(inputs, 0);
    return [{ dtype: 'int64', shape: replaceAt(shape, shape.length - 1, 1) }];
  },
  lower: (e, inputs) => [
    e.op('ArgMax', [at(inputs, 0)], { attributes: { axis: -1, keepdims: 1, select_last_index: 0 } }),
  ],
};

export const argMax = (b: GraphBuilder, x: Value): Value => at(b.apply(argMaxOp, [x]), 0);
