import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { binaryType, sumTo } from './elementwise';

export const addOp: OpDefinition = {
  type: 'Add',
  infer: binaryType,
  gradient(b, { inputs }, [dz], needs) {
    return inputs.map((input, index) => (dz && needs[index] ? sumTo(b, dz, input.shape) : undefined));
  },
};

export const add = (b: GraphBuilder, x: Value, y: Value): Value => at(b.apply(addOp, [x, y]), 0);
