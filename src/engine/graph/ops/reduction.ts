import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { Edge, Emitter } from '../onnx/emitter';
import { resolveAxis } from '../shapes';
import { at, type Node, type TensorType, type Value } from '../value';
import { expand } from './expand';
import { reshape } from './reshape';

export type ReduceAttributes = { readonly axes: readonly number[]; readonly keepDims: boolean };

export const reduceAttributes = (x: Value, axes: readonly number[], keepDims: boolean): ReduceAttributes => ({
  axes: axes.map((axis) => resolveAxis(axis, x.shape.length)),
  keepDims,
});

export function reduceType(
  inputs: readonly Value[],
  { axes, keepDims }: ReduceAttributes,
): readonly TensorType[] {
  const { dtype, shape } = at(inputs, 0);
  if (axes.length === 0) throw graphError('A reduction without axes.');
  return [
    { dtype, shape: keepDims ? keptShape(shape, axes) : shape.filter((_, axis) => !axes.includes(axis)) },
  ];
}

export const lowerReduce = (
  e: Emitter,
  inputs: readonly Edge[],
  { op, attrs }: Node<ReduceAttributes>,
): Edge[] => [
  e.op(op.type, [at(inputs, 0), e.ints(attrs.axes)], { attributes: { keepdims: Number(attrs.keepDims) } }),
];

/** A reduced tensor with the reduced axes put back as extent 1, so that it broadcasts against the input. */
export const keepReduced = (b: GraphBuilder, value: Value, x: Value, { axes }: ReduceAttributes): Value =>
  reshape(b, value, keptShape(x.shape, axes));

/** Transpose of a sum over axes: repeats along them. */
export const spread = (b: GraphBuilder, dy: Value, x: Value, attrs: ReduceAttributes): Value =>
  expand(b, keepReduced(b, dy, x, attrs), x.shape);

const keptShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
