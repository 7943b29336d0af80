import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import type { Edge, Emitter } from '../onnx/emitter';
import { broadcastShape, showShape, transposeLastTwo, type Shape } from '../shapes';
import { at, type Value } from '../value';
import { sumTo } from './elementwise';

export interface MatMulOptions {
  /** Multiply with the transposes of the matrices in the last two axes. */
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

type MatMulAttributes = { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };

/** y = alpha op(A) op(B), batched and broadcast over the leading axes. */
export const matMulOp: OpDefinition<MatMulAttributes> = {
  type: 'MatMul',
  infer(inputs, { transA, transB }) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    if (a.shape.length < 2 || b.shape.length < 2 || a.dtype !== b.dtype) {
      throw graphError(
        `No matrix product of ${a.dtype}${showShape(a.shape)} and ${b.dtype}${showShape(b.shape)}.`,
      );
    }
    const [rows, inner] = matrix(a.shape, transA);
    const [innerB, columns] = matrix(b.shape, transB);
    if (inner !== innerB) {
      throw graphError(
        `Matrix product of ${showShape(a.shape)} and ${showShape(b.shape)}: ${inner} is not ${innerB}.`,
      );
    }
    const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...batch, rows, columns] }];
  },
  lower(e, inputs, { inputs: values, attrs }) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const ranks = values.map((value) => value.shape.length);
    return [lowerMatMul(e, a, b, at(ranks, 0), at(ranks, 1), attrs)];
  },
  /** With P = op(A), Q = op(B): dP = alpha dY Q^T, dQ = alpha P^T dY, each transposed once more where op is. */
  gradient(b, { inputs, attrs: { transA, transB, alpha } }, [dy], needs) {
    if (!dy) return [];
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    const dx = (): Value =>
      transA
        ? matMul(b, y, dy, { transA: transB, transB: true, alpha })
        : matMul(b, dy, y, { transB: !transB, alpha });
    const dw = (): Value =>
      transB
        ? matMul(b, dy, x, { transA: true, transB: transA, alpha })
        : matMul(b, x, dy, { transA: !transA, alpha });
    return [needs[0] ? sumTo(b, dx(), x.shape) : undefined, needs[1] ? sumTo(b, dw(), y.shape) : undefined];
  },
};

/**
 * Matrices: Gemm, which every provider has. Batches: FusedMatMul, which only the CPU provider has on all
 * platforms, or Transpose, MatMul and Mul.
 */
export function lowerMatMul(
  e: Emitter,
  a: Edge,
  b: Edge,
  rankA: number,
  rankB: number,
  { transA = false, transB = false, alpha = 1 }: MatMulOptions,
): Edge {
  if (!transA && !transB && alpha === 1) return e.op('MatMul', [a, b]);
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  if (rankA === 2 && rankB === 2) return e.op('Gemm', [a, b], { attributes });
  if (e.target === 'cpu') return e.op('FusedMatMul', [a, b], { attributes, domain: 'com.microsoft' });
  const turned = (edge: Edge, rank: number, turn: boolean): Edge =>
    turn ? e.op('Transpose', [edge], { attributes: { perm: transposeLastTwo(rank) } }) : edge;
  const product = e.op('MatMul', [turned(a, rankA, transA), turned(b, rankB, transB)]);
  return alpha === 1 ? product : e.op('Mul', [product, e.scalar(alpha)]);
}

function matrix(shape: Shape, transposed: boolean): readonly [number, number] {
  const [rows, columns] = [at(shape, shape.length - 2), at(shape, shape.length - 1)];
  return transposed ? [columns, rows] : [rows, columns];
}

export function matMul(b: GraphBuilder, x: Value, y: Value, options: MatMulOptions = {}): Value {
  const { transA = false, transB = false, alpha = 1 } = options;
  return at(b.apply(matMulOp, [x, y], { transA, transB, alpha }), 0);
}

/** alpha x W^T with W stored as Hugging Face does, [outFeatures, inFeatures]. */
export const linear = (b: GraphBuilder, x: Value, weight: Value, alpha = 1): Value =>
  matMul(b, x, weight, { transB: true, alpha });
