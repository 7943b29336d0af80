import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { binaryType, sumTo } from './elementwise';

export const mulOp: OpDefinition = {
  type: 'Mul',
  infer: binaryType,
  gradient(b, { inputs }, [dz], needs) {
    if (!dz) return [];
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    return [
      needs[0] ? sumTo(b, mul(b, dz, y), x.shape) : undefined,
      needs[1] ? sumTo(b, mul(b, dz, x), y.shape) : undefined,
    ];
  },
};

export const mul = (b: GraphBuilder, x: Value, y: Value): Value => at(b.apply(mulOp, [x, y]), 0);
