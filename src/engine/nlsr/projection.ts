/**
 * The projection of NLSR (Yi et al. 2025) without tokens x features matrices: for M with inputs X, Y = X M^T, V the top
 * right-singular vectors of Y, M_hat = V V^T M. Everything is exact in r dimensions, in float64:
 *
 * - A: Y = X A^T = Z is the input of B, so Y^T Y = Z^T Z = G, r x r, and A_hat = P_A A with P_A = V V^T.
 * - B: Y = Z B^T, Y^T Y = B G B^T, whose vectors lie in the column space of B. With B^T B = U S U^T and the
 *   orthonormal Q = B U S^(-1/2), B G B^T = Q K Q^T, K = S^(1/2) U^T G U S^(1/2). For the top vectors W of K, V = Q W,
 *   and B_hat = V V^T B = B P_B with P_B = U S^(-1/2) W W^T S^(1/2) U^T.
 */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/**
 * Eigenvalues below this share of the largest are none: vectors of float32 have singular values down to 1e-7 of the
 * largest by rounding alone, squared 1e-14. A direction that nothing was seen in is no direction of the data.
 */
const NEGLIGIBLE = 1e-12;

/** Square, row-major. */
export interface Projection {
  readonly matrix: Float64Array;
  /** Directions kept: fewer than asked for where the data have fewer. */
  readonly kept: number;
  /** Share of the energy ||Y||^2 in the directions kept; 0 where there is none. */
  readonly energyShare: number;
}

/** Adds z_t^T z_t for the rows that are marked, to the upper triangle of the Gram matrix (rank, rank). */
export function accumulateGram(
  gram: Float64Array,
  rank: number,
  z: Float32Array,
  marked: Float32Array,
): void {
  for (let row = 0; row < marked.length; row++) {
    if (marked[row] === 0) continue;
    const begin = row * rank;
    for (let i = 0; i < rank; i++) {
      const left = z[begin + i] as number;
      const offset = i * rank;
      for (let j = i; j < rank; j++)
        gram[offset + j] = (gram[offset + j] as number) + left * (z[begin + j] as number);
    }
  }
}

/** The symmetric matrix whose upper triangle is given. */
export function symmetric(upper: Float64Array, rank: number): Matrix {
  const full = Matrix.zeros(rank, rank);
  for (let i = 0; i < rank; i++) {
    for (let j = i; j < rank; j++) {
      const value = upper[i * rank + j] ?? 0;
      full.set(i, j, value);
      full.set(j, i, value);
    }
  }
  return full;
}

/** P_A = V V^T from G = Z^T Z: A_hat = P_A A. */
export function projectionOfA(gram: Matrix, directions: number): Projection {
  const { vectors, kept, energyShare } = topSpace(gram, directions);
  return { matrix: flat(vectors.mmul(vectors.transpose())), kept, energyShare };
}

/** What the projection of B needs of B alone, so that it is found once for all datasets. */
export interface ColumnSpace {
  /** S^(1/2) U^T, (dimensions, rank). */
  readonly down: Matrix;
  /** U S^(-1/2), (rank, dimensions). */
  readonly up: Matrix;
}

/** @param b (rows, rank), row-major */
export function columnSpace(b: Float32Array, rank: number): ColumnSpace {
  const upper = new Float64Array(rank * rank);
  accumulateGram(upper, rank, b, new Float32Array(b.length / rank).fill(1));
  const { vectors, values } = topSpace(symmetric(upper, rank), rank);
  const roots = values.map(Math.sqrt);
  const down = vectors.transpose();
  const up = vectors.clone();
  roots.forEach((root, index) => {
    down.mulRow(index, root);
    up.mulColumn(index, 1 / root);
  });
  return { down, up };
}

/** P_B from G = Z^T Z, the Gram matrix of B's inputs: B_hat = B P_B. */
export function projectionOfB(gram: Matrix, { down, up }: ColumnSpace, directions: number): Projection {
  const rank = gram.rows;
  if (down.rows === 0) return { matrix: new Float64Array(rank * rank), kept: 0, energyShare: 0 };
  const { vectors, kept, energyShare } = topSpace(down.mmul(gram).mmul(down.transpose()), directions);
  if (kept === 0) return { matrix: new Float64Array(rank * rank), kept, energyShare };
  const left = up.mmul(vectors);
  const right = vectors.transpose().mmul(down);
  return { matrix: flat(left.mmul(right)), kept, energyShare };
}

/** P M, (rank, columns) in float64, then rounded. */
export function applyToA({ matrix }: Projection, a: Float32Array, rank: number, into: Float32Array): void {
  const columns = a.length / rank;
  const sums = new Float64Array(columns);
  for (let i = 0; i < rank; i++) {
    sums.fill(0);
    for (let k = 0; k < rank; k++) {
      const weight = matrix[i * rank + k] as number;
      const begin = k * columns;
      if (weight !== 0)
        for (let j = 0; j < columns; j++) sums[j] = (sums[j] as number) + weight * (a[begin + j] as number);
    }
    const begin = i * columns;
    for (let j = 0; j < columns; j++) into[begin + j] = sums[j] as number;
  }
}

/** M P, (rows, rank) in float64, then rounded. */
export function applyToB({ matrix }: Projection, b: Float32Array, rank: number, into: Float32Array): void {
  const sums = new Float64Array(rank);
  for (let begin = 0; begin < b.length; begin += rank) {
    sums.fill(0);
    for (let k = 0; k < rank; k++) {
      const value = b[begin + k] as number;
      const row = k * rank;
      for (let j = 0; j < rank; j++) sums[j] = (sums[j] as number) + value * (matrix[row + j] as number);
    }
    for (let j = 0; j < rank; j++) into[begin + j] = sums[j] as number;
  }
}

interface TopSpace {
  /** Columns, of the largest eigenvalue first. */
  readonly vectors: Matrix;
  readonly values: readonly number[];
  readonly kept: number;
  readonly energyShare: number;
}

function topSpace(gram: Matrix, directions: number): TopSpace {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, index) => index).sort((i, j) => valueAt(j) - valueAt(i));
  function valueAt(index: number): number {
    return realEigenvalues[index] ?? 0;
  }
  const largest = valueAt(order[0] ?? 0);
  const chosen = order
    .slice(0, directions)
    .filter((index) => valueAt(index) > largest * NEGLIGIBLE && largest > 0);
  const values = chosen.map(valueAt);
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  const vectors = Matrix.zeros(gram.rows, chosen.length);
  chosen.forEach((index, column) => vectors.setColumn(column, eigenvectorMatrix.getColumn(index)));
  return {
    vectors,
    values,
    kept: chosen.length,
    energyShare: total > 0 ? values.reduce((sum, value) => sum + value, 0) / total : 0,
  };
}

const flat = (matrix: Matrix): Float64Array => Float64Array.from(matrix.to1DArray());
