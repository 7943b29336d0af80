import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';

import { unitsOf } from '../../../src/core/masks/bitset';
import { selectRegion } from '../../../src/engine/nlsr/nlsrRules';
import {
  accumulateGram,
  applyToA,
  applyToB,
  columnSpace,
  projectionOfA,
  projectionOfB,
  symmetric,
} from '../../../src/engine/nlsr/projection';
import { mulberry } from '../generate/randomModel';

/** Numbers in (-1, 1) that depend on the seed alone. */
function random(seed: number): () => number {
  const next = mulberry(seed);
  return () => 2 * next() - 1;
}

const randomMatrix = (rows: number, columns: number, next: () => number): Matrix =>
  new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(next()))));

const flat = (matrix: Matrix): Float32Array => Float32Array.from(matrix.to1DArray());

/** G = Z^T Z of all rows. */
function gramOf(z: Matrix): Matrix {
  const upper = new Float64Array(z.columns ** 2);
  accumulateGram(upper, z.columns, flat(z), new Float32Array(z.rows).fill(1));
  return symmetric(upper, z.columns);
}

function projectedA(a: Matrix, z: Matrix, directions: number): Matrix {
  const into = new Float32Array(a.rows * a.columns);
  applyToA(projectionOfA(gramOf(z), directions), flat(a), a.rows, into);
  return Matrix.from1DArray(a.rows, a.columns, into);
}

function projectedB(b: Matrix, z: Matrix, directions: number): Matrix {
  const into = new Float32Array(b.rows * b.columns);
  applyToB(projectionOfB(gramOf(z), columnSpace(flat(b), b.columns), directions), flat(b), b.columns, into);
  return Matrix.from1DArray(b.rows, b.columns, into);
}

/** V V^T M by the definition: the singular value decomposition of Y = X M^T as it stands. */
function byDefinition(m: Matrix, x: Matrix, directions: number): Matrix {
  const { rightSingularVectors } = new SingularValueDecomposition(x.mmul(m.transpose()), {
    autoTranspose: true,
  });
  const v = rightSingularVectors.subMatrix(0, m.rows - 1, 0, directions - 1);
  return v.mmul(v.transpose()).mmul(m);
}

function expectClose(actual: Matrix, expected: Matrix, digits = 5): void {
  expect([actual.rows, actual.columns]).toEqual([expected.rows, expected.columns]);
  actual.to1DArray().forEach((value, index) => {
    expect(value).toBeCloseTo(expected.to1DArray()[index] ?? NaN, digits);
  });
}

describe('the projection of A (T38b)', () => {
  it('keeps the largest direction of a diagonal matrix', () => {
    const m = Matrix.diag([3, 2, 1]);
    expectClose(projectedA(m, m.transpose(), 1), Matrix.diag([3, 0, 0]));
  });

  it('gives the numbers of the worked example', () => {
    const m = new Matrix([
      [2, 1, 0],
      [0, 1, 1],
    ]);
    const x = new Matrix([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 1],
    ]);
    const z = x.mmul(m.transpose());
    expect(gramOf(z).to2DArray()).toEqual([
      [14, 7],
      [7, 6],
    ]);
    expectClose(
      projectedA(m, z, 1),
      new Matrix([
        [1.496139, 1.182191, 0.434122],
        [0.868243, 0.686052, 0.251931],
      ]),
      6,
    );
  });

  it.each([1, 2, 3])('agrees with the decomposition of Y itself at rank %d of 4', (directions) => {
    const next = random(directions);
    const [a, x] = [randomMatrix(4, 9, next), randomMatrix(30, 9, next)];
    expectClose(projectedA(a, x.mmul(a.transpose()), directions), byDefinition(a, x, directions));
  });
});

describe('the projection of B', () => {
  it.each([1, 2, 3])('agrees with the decomposition of Y = Z B^T at rank %d of 4', (directions) => {
    const next = random(10 + directions);
    const [b, z] = [randomMatrix(11, 4, next), randomMatrix(30, 4, next)];
    expectClose(projectedB(b, z, directions), byDefinition(b, z, directions));
  });

  it('agrees where the columns of B depend on each other', () => {
    const next = random(3);
    const [left, right, z] = [randomMatrix(11, 2, next), randomMatrix(2, 4, next), randomMatrix(30, 4, next)];
    const b = left.mmul(right);
    const stored = Matrix.from1DArray(11, 4, flat(b));
    expectClose(projectedB(stored, z, 1), byDefinition(stored, z, 1));
    // There are two directions: asking for more keeps both, which is all of B.
    const space = columnSpace(flat(stored), 4);
    expect(projectionOfB(gramOf(z), space, 3)).toMatchObject({ kept: 2 });
    expectClose(projectedB(stored, z, 3), stored);
  });

  it('is nothing for a B of zeros, and for inputs of zeros', () => {
    const zeros = Matrix.zeros(5, 3);
    const next = random(4);
    const z = randomMatrix(9, 3, next);
    expect(projectionOfB(gramOf(z), columnSpace(flat(zeros), 3), 2)).toMatchObject({
      kept: 0,
      energyShare: 0,
    });
    expectClose(projectedB(zeros, z, 2), zeros);
    const none = projectionOfA(gramOf(Matrix.zeros(9, 3)), 2);
    expect(none).toEqual({ matrix: new Float64Array(9), kept: 0, energyShare: 0 });
    expect(
      projectionOfB(gramOf(Matrix.zeros(9, 3)), columnSpace(flat(randomMatrix(5, 3, next)), 3), 2).kept,
    ).toBe(0);
  });
});

describe('what is kept', () => {
  it('is said as a share of the energy', () => {
    const { kept, energyShare } = projectionOfA(Matrix.diag([9, 4, 1]), 2);
    expect(kept).toBe(2);
    expect(energyShare).toBeCloseTo(13 / 14, 12);
  });

  it('counts marked rows only', () => {
    const upper = new Float64Array(4);
    accumulateGram(upper, 2, Float32Array.of(100, 100, 1, 2, 50, 50, 3, 4), Float32Array.of(0, 1, 0, 1));
    expect(symmetric(upper, 2).to2DArray()).toEqual([
      [10, 14],
      [14, 20],
    ]);
  });
});

describe('the choice of basis (T39)', () => {
  const jaccard = (a: readonly number[], b: readonly number[]): number => {
    const both = a.filter((unit) => b.includes(unit)).length;
    return both / (a.length + b.length - both);
  };

  it('moves the top weight of A though the product stays', () => {
    const a = new Matrix([
      [1, 0],
      [0, 2],
    ]);
    const [g, inverse] = [Matrix.diag([2, 0.5]), Matrix.diag([0.5, 2])];
    expect(g.mmul(a).to2DArray()).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(inverse.mmul(g.mmul(a)).to2DArray()).toEqual(a.to2DArray());
    const top = (matrix: Matrix): number[] => unitsOf(selectRegion('paper', 0.75, flat(matrix)));
    expect(top(a)).toEqual([3]);
    expect(top(g.mmul(a))).toEqual([0]);
  });

  it('a rotation leaves the product region and little else', () => {
    const next = random(5);
    const [rank, size] = [16, 64];
    const [a, b] = [randomMatrix(rank, size, next), randomMatrix(size, rank, next)];
    const x = randomMatrix(200, size, next);
    const { leftSingularVectors: q } = new SingularValueDecomposition(randomMatrix(rank, rank, next));
    const region = (matrix: Matrix): number[] =>
      unitsOf(selectRegion('paper', 0.8, Float32Array.from(matrix.to1DArray(), Math.abs)));
    const regions = (a2: Matrix, b2: Matrix) => {
      const z = x.mmul(a2.transpose());
      return { a: region(projectedA(a2, z, 4)), product: region(projectedB(b2, z, 4).mmul(a2)) };
    };
    const [plain, turned] = [regions(a, b), regions(q.mmul(a), b.mmul(q.transpose()))];
    expect(jaccard(plain.a, turned.a)).toBeLessThan(0.4);
    expect(jaccard(plain.product, turned.product)).toBeGreaterThan(0.99);
    // Any invertible G does, not rotations alone.
    const g = randomMatrix(rank, rank, next).add(Matrix.eye(rank).mul(3));
    const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SingularValueDecomposition(g);
    const inverse = v.mmul(Matrix.diag(diagonal.map((value) => 1 / value))).mmul(u.transpose());
    const changed = regions(g.mmul(a), b.mmul(inverse));
    expect(jaccard(plain.product, changed.product)).toBeGreaterThan(0.99);
  });
});
