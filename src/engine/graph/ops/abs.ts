import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';
import { sign } from './sign';

/** The derivative at 0 is taken as 0. */
export const absOp: OpDefinition = {
  type: 'Abs',
  infer: unaryType,
  gradient(b, { inputs }, [dy]) {
    return [dy && mul(b, dy, sign(b, at(inputs, 0)))];
  },
};

export const abs = (b: GraphBuilder, x: Value): Value => at(b.apply(absOp, [x]), 0);
