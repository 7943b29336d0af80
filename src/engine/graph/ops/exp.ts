import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';

export const expOp: OpDefinition = {
  type: 'Exp',
  infer: unaryType,
  gradient(b, { outputs }, [dy]) {
    return [dy && mul(b, dy, at(outputs, 0))];
  },
};

export const exp = (b: GraphBuilder, x: Value): Value => at(b.apply(expOp, [x]), 0);
