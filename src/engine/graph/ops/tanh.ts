import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';
import { sub } from './sub';

/** dx = dy (1 - y^2). */
export const tanhOp: OpDefinition = {
  type: 'Tanh',
  infer: unaryType,
  gradient(b, { outputs }, [dy]) {
    const y = at(outputs, 0);
    return [dy && mul(b, dy, sub(b, b.scalar(1), mul(b, y, y)))];
  },
};

export const tanh = (b: GraphBuilder, x: Value): Value => at(b.apply(tanhOp, [x]), 0);

/** c tanh(x / c): near x for small x, within (-c, c) for any (Bello et al. 2016). x itself without a cap. */
export const softCap = (b: GraphBuilder, x: Value, cap: number | null): Value =>
  cap === null ? x : mul(b, tanh(b, mul(b, x, b.scalar(1 / cap))), b.scalar(cap));
