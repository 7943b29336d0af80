import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import { broadcastShape, sameShape, type Shape } from '../shapes';
import { at, type TensorType, type Value } from '../value';
import { reduceSum } from './reduceSum';
import { reshape } from './reshape';

/** Type of a function applied element by element. */
export const unaryType = (inputs: readonly Value[]): readonly TensorType[] => {
  const { dtype, shape } = at(inputs, 0);
  return [{ dtype, shape }];
};

/** Type of a function of two elements, with broadcasting. */
export const binaryType = (inputs: readonly Value[]): readonly TensorType[] => {
  const [x, y] = [at(inputs, 0), at(inputs, 1)];
  if (x.dtype !== y.dtype) throw graphError(`Element types ${x.dtype} and ${y.dtype} do not mix.`);
  return [{ dtype: x.dtype, shape: broadcastShape(x.shape, y.shape) }];
};

/** Transpose of broadcasting: sums over the axes along which a tensor of this shape was repeated. */
export function sumTo(b: GraphBuilder, value: Value, shape: Shape): Value {
  if (sameShape(value.shape, shape)) return value;
  const lead = value.shape.length - shape.length;
  const repeated = value.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent !== 1) ? [axis] : [],
  );
  return reshape(b, reduceSum(b, value, repeated, true), shape);
}
