import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pearson, ranks, spearman } from '../../../src/core/stats/correlation';
import { mantelTest } from '../../../src/core/stats/mantel';

const X = [1, 2, 2, 3, 5, 5, 5, 8];
const Y = [2.5, 1, 4, 4, 3, 7, 6.5, 7];

describe('correlation', () => {
  // scipy 1.17.1: pearsonr, spearmanr, rankdata.
  it('agrees with scipy, ties included', () => {
    expect(pearson(X, Y)).toBeCloseTo(0.757948833819847, 14);
    expect(ranks(X)).toEqual([1, 2.5, 2.5, 4, 6, 6, 6, 8]);
    expect(ranks(Y)).toEqual([2, 1, 4.5, 4.5, 3, 7.5, 6, 7.5]);
    expect(spearman(X, Y)).toBeCloseTo(0.7641078192857804, 14);
  });

  it('is worked out by hand', () => {
    // Deviations (-1, 0, 1) and (-1, 1, 0): 1 / sqrt(2 * 2).
    expect(pearson([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 15);
    // 1 - 6 * (1 + 1 + 0) / (3 * 8).
    expect(spearman([10, 200, 3000], [1, 0, 7])).toBeCloseTo(0.5, 15);
    expect(spearman([1, 2, 3, 4], [1, 8, 27, 64])).toBe(1);
  });

  it('is undefined for too few values and for equal ones', () => {
    expect(pearson([1], [2])).toBeNull();
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNull();
    expect(spearman([1, 2], [3, 3])).toBeNull();
    expect(() => pearson([1], [1, 2])).toThrow(RangeError);
  });

  it('is symmetric, bounded, and blind to scale', () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const n = Math.min(a.length, b.length);
        const [x, y] = [a.slice(0, n), b.slice(0, n)];
        const r = pearson(x, y);
        expect(pearson(y, x)).toBe(r);
        if (r === null) return;
        expect(Math.abs(r)).toBeLessThanOrEqual(1);
        expect(
          pearson(
            x.map((value) => 3 * value + 7),
            y,
          ),
        ).toBeCloseTo(r, 9);
      }),
    );
  });
});

// 120 relabellings, counted with itertools.permutations, numpy 2.4.6 and scipy 1.17.1.
const A = [
  [1, 0.9, 0.3, 0.2, 0.5],
  [0.9, 1, 0.4, 0.1, 0.6],
  [0.3, 0.4, 1, 0.8, 0.35],
  [0.2, 0.1, 0.8, 1, 0.25],
  [0.5, 0.6, 0.35, 0.25, 1],
];
const B = [
  [1, 0.5, 0.2, 0.15, 0.3],
  [0.5, 1, 0.12, 0.22, 0.28],
  [0.2, 0.12, 1, 0.45, 0.18],
  [0.15, 0.22, 0.45, 1, 0.17],
  [0.3, 0.28, 0.18, 0.17, 1],
];

describe('mantelTest', () => {
  it('looks at every relabelling of a few things', () => {
    const bySpearman = mantelTest(A, B, { method: 'spearman', permutations: 9999, seed: 0 });
    expect(bySpearman).toMatchObject({ permutations: 120, exact: true, seed: null });
    expect(bySpearman.r).toBeCloseTo(0.6727272727272726, 14);
    expect(bySpearman.p).toBe(13 / 120);
    const byPearson = mantelTest(A, B, { method: 'pearson', permutations: 120, seed: 0 });
    expect(byPearson.r).toBeCloseTo(0.8779665860152946, 14);
    expect(byPearson.p).toBe(4 / 120);
  });

  it('draws relabellings of many things, the same for a seed, and comes near the exact share', () => {
    const drawn = mantelTest(A, B, { method: 'spearman', permutations: 119, seed: 5 });
    expect(drawn).toMatchObject({ permutations: 119, exact: false, seed: 5 });
    expect(mantelTest(A, B, { method: 'spearman', permutations: 119, seed: 5 })).toEqual(drawn);
    // Standard error of a share of 0.108 in 119 draws: 0.028.
    expect(Math.abs((drawn.p ?? 0) - 13 / 120)).toBeLessThan(0.1);
  });

  it('says that ten alike things are alike', () => {
    const n = 10;
    const same = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i - j) ** 2 + i * j),
    );
    const test = mantelTest(same, same, { method: 'spearman', permutations: 999, seed: 1 });
    expect(test.r).toBe(1);
    expect(test.p).toBe(1 / 1000);
  });

  it('says nothing of three things or of equal ones', () => {
    const three = A.slice(0, 3).map((row) => row.slice(0, 3));
    expect(mantelTest(three, three, { method: 'spearman', permutations: 99, seed: 0 }).p).toBeNull();
    const flat = A.map((row) => row.map(() => 0.5));
    expect(mantelTest(A, flat, { method: 'spearman', permutations: 99, seed: 0 })).toMatchObject({
      r: null,
      p: null,
    });
  });
});
