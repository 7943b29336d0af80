import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { binaryType, sumTo } from './elementwise';
import { mul } from './mul';
import { neg } from './neg';

/** z = x / y: dx = dz / y, dy = -dz z / y. */
export const divOp: OpDefinition = {
  type: 'Div',
  infer: binaryType,
  gradient(b, { inputs, outputs }, [dz], needs) {
    if (!dz) return [];
    const [x, y, z] = [at(inputs, 0), at(inputs, 1), at(outputs, 0)];
    const dx = div(b, dz, y);
    return [
      needs[0] ? sumTo(b, dx, x.shape) : undefined,
      needs[1] ? neg(b, sumTo(b, mul(b, dx, z), y.shape)) : undefined,
    ];
  },
};

export const div = (b: GraphBuilder, x: Value, y: Value): Value => at(b.apply(divOp, [x, y]), 0);
