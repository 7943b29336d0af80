import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';

export const negOp: OpDefinition = {
  type: 'Neg',
  infer: unaryType,
  gradient(b, _node, [dy]) {
    return [dy && neg(b, dy)];
  },
};

export const neg = (b: GraphBuilder, x: Value): Value => at(b.apply(negOp, [x]), 0);
