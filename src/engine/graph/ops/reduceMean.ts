import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { sizeOf } from '../shapes';
import { at, type Value } from '../value';
import { mul } from './mul';
import { lowerReduce, reduceAttributes, reduceType, spread, type ReduceAttributes } from './reduction';

export const reduceMeanOp: OpDefinition<ReduceAttributes> = {
  type: 'ReduceMean',
  infer: reduceType,
  lower: lowerReduce,
  gradient(b, { inputs, outputs, attrs }, [dy]) {
    const x = at(inputs, 0);
    const share = sizeOf(at(outputs, 0).shape) / sizeOf(x.shape);
    return [dy && spread(b, mul(b, dy, b.scalar(share)), x, attrs)];
  },
};

export const reduceMean = (b: GraphBuilder, x: Value, axes: readonly number[], keepDims: boolean): Value =>
  at(b.apply(reduceMeanOp, [x], reduceAttributes(x, axes, keepDims)), 0);
