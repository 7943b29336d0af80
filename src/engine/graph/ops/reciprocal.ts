import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';
import { neg } from './neg';

/** dx = -dy y^2. */
export const reciprocalOp: OpDefinition = {
  type: 'Reciprocal',
  infer: unaryType,
  gradient(b, { outputs }, [dy]) {
    const y = at(outputs, 0);
    return [dy && neg(b, mul(b, dy, mul(b, y, y)))];
  },
};

export const reciprocal = (b: GraphBuilder, x: Value): Value => at(b.apply(reciprocalOp, [x]), 0);
