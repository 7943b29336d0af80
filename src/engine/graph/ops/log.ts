import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { div } from './div';
import { unaryType } from './elementwise';

export const logOp: OpDefinition = {
  type: 'Log',
  infer: unaryType,
  gradient(b, { inputs }, [dy]) {
    return [dy && div(b, dy, at(inputs, 0))];
  },
};

export const log = (b: GraphBuilder, x: Value): Value => at(b.apply(logOp, [x]), 0);
