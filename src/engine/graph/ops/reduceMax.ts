import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { div } from './div';
import { mul } from './mul';
import { reduceSum } from './reduceSum';
import { keepReduced, lowerReduce, reduceAttributes, reduceType, type ReduceAttributes } from './reduction';
import { sign } from './sign';
import { sub } from './sub';

/** The gradient is shared equally among the places that hold the maximum: w = 1 - sign(max - x), dx = dy w / sum w. */
export const reduceMaxOp: OpDefinition<ReduceAttributes> = {
  type: 'ReduceMax',
  infer: reduceType,
  lower: lowerReduce,
  gradient(b, { inputs, outputs, attrs }, [dy]) {
    if (!dy) return [];
    const x = at(inputs, 0);
    const largest = keepReduced(b, at(outputs, 0), x, attrs);
    const holds = sub(b, b.scalar(1), sign(b, sub(b, largest, x)));
    const share = div(b, keepReduced(b, dy, x, attrs), reduceSum(b, holds, attrs.axes, true));
    return [mul(b, holds, share)];
  },
};

export const reduceMax = (b: GraphBuilder, x: Value, axes: readonly number[], keepDims: boolean): Value =>
  at(b.apply(reduceMaxOp, [x], reduceAttributes(x, axes, keepDims)), 0);
