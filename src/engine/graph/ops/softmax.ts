import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { resolveAxis } from '../shapes';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';
import { mul } from './mul';
import { reduceSum } from './reduceSum';
import { sub } from './sub';

type SoftmaxAttributes = { readonly axis: number };

/** dx = p (dp - sum(dp p)), the sum along the axis. */
export const softmaxOp: OpDefinition<SoftmaxAttributes> = {
  type: 'Softmax',
  infer: unaryType,
  gradient(b, { outputs, attrs }, [dp]) {
    if (!dp) return [];
    const p = at(outputs, 0);
    return [mul(b, p, sub(b, dp, reduceSum(b, mul(b, dp, p), [attrs.axis], true)))];
  },
};

export const softmax = (b: GraphBuilder, x: Value, axis: number): Value =>
  at(b.apply(softmaxOp, [x], { axis: resolveAxis(axis, x.shape.length) }), 0);
