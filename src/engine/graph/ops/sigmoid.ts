import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';
import { sub } from './sub';

/** dx = dy y (1 - y). */
export const sigmoidOp: OpDefinition = {
  type: 'Sigmoid',
  infer: unaryType,
  gradient(b, { outputs }, [dy]) {
    const y = at(outputs, 0);
    return [dy && mul(b, dy, mul(b, y, sub(b, b.scalar(1), y)))];
  },
};

export const sigmoid = (b: GraphBuilder, x: Value): Value => at(b.apply(sigmoidOp, [x]), 0);
