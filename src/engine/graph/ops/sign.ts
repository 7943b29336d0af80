import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';

/** -1, 0 or 1; its derivative is 0 where it exists. */
export const signOp: OpDefinition = {
  type: 'Sign',
  infer: unaryType,
  gradient: () => [],
};

export const sign = (b: GraphBuilder, x: Value): Value => at(b.apply(signOp, [x]), 0);
