import { pearson, ranks } from './correlation';
import { seededRandom } from './random';

export interface MantelTest {
  /** Spearman's rho (or Pearson's r) of the values above the diagonals; null where it is undefined. */
  readonly r: number | null;
  /** Two-sided: share of relabellings whose |r| is at least as large. */
  readonly p: number | null;
  /** Relabellings looked at: all n! where that is no more than was asked for, else random ones. */
  readonly permutations: number;
  readonly exact: boolean;
  /** null where all relabellings were looked at. */
  readonly seed: number | null;
}

export interface MantelOptions {
  readonly method: 'spearman' | 'pearson';
  readonly permutations: number;
  readonly seed: number;
}

/** Rounding must not make a relabelling that gives the same r count as less. */
const SLACK = 1e-12;

/**
 * Mantel (1967): are two symmetric matrices over the same n things correlated? The n (n - 1) / 2 pairs are not
 * independent, so the rows and columns of one matrix are relabelled together and r compared with what that gives:
 * p = count / n! over all relabellings, (count + 1) / (permutations + 1) over random ones, where the one that was
 * observed is counted in. Fewer than 4 things, or a constant matrix, say nothing: p is null.
 */
export function mantelTest(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  { method, permutations, seed }: MantelOptions,
): MantelTest {
  const n = a.length;
  const pairs = upperPairs(n);
  const valuesOf = (matrix: readonly (readonly number[])[]): number[] =>
    pairs.map(([i, j]) => matrix[i]?.[j] ?? 0);
  const score = method === 'spearman' ? ranks : (values: readonly number[]) => values;
  const x = score(valuesOf(a));
  // Relabelling permutes the values, so that ranks are taken once.
  const y = score(valuesOf(b));
  const table = symmetricTable(n, pairs, y);
  const r = pearson(x, y);
  const isExact = factorial(n) <= permutations;
  if (r === null || n < 4) return { r, p: null, permutations: 0, exact: isExact, seed: null };
  const relabelled = (order: readonly number[]): number =>
    pearson(
      x,
      pairs.map(([i, j]) => table[(order[i] ?? 0) * n + (order[j] ?? 0)] ?? 0),
    ) ?? 0;
  let count = 0;
  let looked = 0;
  const look = (order: readonly number[]): void => {
    looked += 1;
    if (Math.abs(relabelled(order)) >= Math.abs(r) - SLACK) count += 1;
  };
  if (isExact) {
    forEachPermutation(n, look);
    return { r, p: count / looked, permutations: looked, exact: true, seed: null };
  }
  const random = seededRandom(seed);
  const order = Array.from({ length: n }, (_, i) => i);
  for (let round = 0; round < permutations; round++) {
    // Fisher and Yates; every round goes on from the last order, which is as uniform.
    for (let i = n - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
    }
    look(order);
  }
  return { r, p: (count + 1) / (looked + 1), permutations: looked, exact: false, seed };
}

const upperPairs = (n: number): (readonly [number, number])[] =>
  Array.from({ length: n }, (_, i) => i).flatMap((i) =>
    Array.from({ length: n - i - 1 }, (_, k) => [i, i + 1 + k] as const),
  );

function symmetricTable(
  n: number,
  pairs: readonly (readonly [number, number])[],
  values: readonly number[],
): Float64Array {
  const table = new Float64Array(n * n);
  pairs.forEach(([i, j], at) => {
    table[i * n + j] = table[j * n + i] = values[at] ?? 0;
  });
  return table;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** Heap's algorithm. */
function forEachPermutation(n: number, visit: (order: readonly number[]) => void): void {
  const order = Array.from({ length: n }, (_, i) => i);
  const counters = new Array<number>(n).fill(0);
  visit(order);
  for (let i = 1; i < n;) {
    const counter = counters[i] ?? 0;
    if (counter < i) {
      const j = i % 2 === 0 ? 0 : counter;
      [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      visit(order);
      counters[i] = counter + 1;
      i = 1;
    } else {
      counters[i] = 0;
      i += 1;
    }
  }
}
