import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { div } from './div';
import { unaryType } from './elementwise';
import { mul } from './mul';

/** dx = dy / (2 y). */
export const sqrtOp: OpDefinition = {
  type: 'Sqrt',
  infer: unaryType,
  gradient(b, { outputs }, [dy]) {
    return [dy && div(b, mul(b, dy, b.scalar(0.5)), at(outputs, 0))];
  },
};

export const sqrt = (b: GraphBuilder, x: Value): Value => at(b.apply(sqrtOp, [x]), 0);
