import type { SetCounts } from './familyCounts';
import type { Ratio, RatioMatrix } from './overlapReport';

/** |A and B| / |A or B| from counts: null where the union is empty, 0 where exactly one set is. */
export function jaccard(and: number, a: number, b: number): Ratio {
  const or = a + b - and;
  return or === 0 ? null : and / or;
}

export function dice(and: number, a: number, b: number): Ratio {
  return a + b === 0 ? null : (2 * and) / (a + b);
}

export function overlapCoefficient(and: number, a: number, b: number): Ratio {
  return Math.min(a, b) === 0 ? null : and / Math.min(a, b);
}

/** Symmetric matrix of `cell(a, b)` for b < a; the diagonal is `own(a)`. */
export function symmetric(
  size: number,
  own: (a: number) => Ratio,
  cell: (a: number, b: number) => Ratio,
): RatioMatrix {
  const matrix: RatioMatrix = Array.from({ length: size }, () => Array.from({ length: size }, () => null));
  matrix.forEach((row, a) => {
    for (let b = 0; b <= a; b++) {
      const value = a === b ? own(a) : cell(a, b);
      row[b] = value;
      const mirrored = matrix[b];
      if (mirrored) mirrored[a] = value;
    }
  });
  return matrix;
}

/** A measure of |A and B|, |A|, |B| for every pair; a set with itself is the pair (A, A). */
export function pairMatrix(
  counts: Pick<SetCounts, 'sizes' | 'pairs'>,
  measure: (and: number, a: number, b: number) => Ratio,
): RatioMatrix {
  const { sizes, pairs } = counts;
  const sizeOf = (a: number): number => sizes[a] ?? 0;
  return symmetric(
    sizes.length,
    (a) => measure(sizeOf(a), sizeOf(a), sizeOf(a)),
    (a, b) => measure(pairs[a * sizes.length + b] ?? 0, sizeOf(a), sizeOf(b)),
  );
}

/** Element-wise mean of matrices of one size; undefined elements are left out, null where all are. */
export function meanMatrix(matrices: readonly RatioMatrix[]): RatioMatrix {
  const size = matrices[0]?.length ?? 0;
  const mean = (a: number, b: number): Ratio => {
    let sum = 0;
    let defined = 0;
    for (const matrix of matrices) {
      const value = matrix[a]?.[b] ?? null;
      if (value === null) continue;
      sum += value;
      defined++;
    }
    return defined === 0 ? null : sum / defined;
  };
  return symmetric(size, (a) => mean(a, a), mean);
}

/** |AND| / |OR|, entry by entry. */
export function ratioCurve(and: Float64Array, or: Float64Array): Ratio[] {
  return Array.from(and, (count, n) => ((or[n] ?? 0) === 0 ? null : count / (or[n] ?? 0)));
}
