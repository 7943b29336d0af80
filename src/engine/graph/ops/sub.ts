import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { binaryType, sumTo } from './elementwise';
import { neg } from './neg';

export const subOp: OpDefinition = {
  type: 'Sub',
  infer: binaryType,
  gradient(b, { inputs }, [dz], needs) {
    if (!dz) return [];
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    return [
      needs[0] ? sumTo(b, dz, x.shape) : undefined,
      needs[1] ? neg(b, sumTo(b, dz, y.shape)) : undefined,
    ];
  },
};

export const sub = (b: GraphBuilder, x: Value, y: Value): Value => at(b.apply(subOp, [x, y]), 0);
