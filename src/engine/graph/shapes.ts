import { graphError } from './graphError';

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** Axis in 0..rank-1 from one that may count from the end. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw graphError(`Axis ${axis} does not exist in a tensor of rank ${rank}.`);
  }
  return resolved;
}

/** Common shape under NumPy's broadcasting rules. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw graphError(`Shapes ${showShape(a)} and ${showShape(b)} do not broadcast.`);
    }
    return x === 1 ? y : x;
  });
}

export const replaceAt = (shape: Shape, axis: number, extent: number): number[] =>
  shape.map((old, index) => (index === axis ? extent : old));

/** A permutation with its last two axes exchanged: the transpose of each matrix in a batch. */
export function transposeLastTwo(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [...axes.slice(0, rank - 2), rank - 1, rank - 2];
}

/**
 * Stands for a number of rows that is known at run time only. A prime that is no extent of anything: where it is a
 * factor of an extent, that extent follows from the others.
 */
export const OPEN_ROWS = 1_000_003;

/** As ONNX's Reshape takes it: -1 is what is left. At most one extent of a shape may be open. */
export const openExtent = (extent: number): number => (extent % OPEN_ROWS === 0 ? -1 : extent);
