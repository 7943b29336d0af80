import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { lowerReduce, reduceAttributes, reduceType, spread, type ReduceAttributes } from './reduction';

export const reduceSumOp: OpDefinition<ReduceAttributes> = {
  type: 'ReduceSum',
  infer: reduceType,
  lower: lowerReduce,
  gradient: (b, { inputs, attrs }, [dy]) => [dy && spread(b, dy, at(inputs, 0), attrs)],
};

export const reduceSum = (b: GraphBuilder, x: Value, axes: readonly number[], keepDims: boolean): Value =>
  at(b.apply(reduceSumOp, [x], reduceAttributes(x, axes, keepDims)), 0);
