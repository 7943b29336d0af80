import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { add } from './add';
import { binaryType, sumTo } from './elementwise';
import { mul } from './mul';
import { sign } from './sign';
import { sub } from './sub';

/** The gradient goes to the larger, by halves where both are equal: (1 + sign(x - y)) / 2. */
export const maximumOp: OpDefinition = {
  type: 'Max',
  infer: binaryType,
  gradient(b, { inputs }, [dz], needs) {
    if (!dz) return [];
    const half = b.scalar(0.5);
    const share = (x: Value, y: Value): Value =>
      sumTo(b, mul(b, dz, add(b, mul(b, sign(b, sub(b, x, y)), half), half)), x.shape);
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    return [needs[0] ? share(x, y) : undefined, needs[1] ? share(y, x) : undefined];
  },
};

export const maximum = (b: GraphBuilder, x: Value, y: Value): Value => at(b.apply(maximumOp, [x, y]), 0);
