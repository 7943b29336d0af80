import { describe, expect, it } from 'vitest';
import {
  countDistribution,
  expectedHeldBy,
  expectedIntervalHeldBy,
  orderFreeCurves,
} from '../../../src/core/stats/heldBy';
import { independentJaccard } from '../../../src/core/stats/randomOverlap';
import { seededUniform } from './random';

describe('orderFreeCurves', () => {
  it('by hand: {1,2,3,4}, {3,4,5}, {4,6} of 6 units (T41)', () => {
    // 4 units in one set, 3 in two, 4 in all three. Pairs share 2, 1, 1 of 5, 5, 4 units.
    const { jaccard, common } = orderFreeCurves([0, 4, 1, 1]);
    expect(jaccard[0]).toBe(1);
    expect(jaccard[1]).toBeCloseTo((2 + 1 + 1) / (5 + 5 + 4), 14);
    expect(jaccard[2]).toBeCloseTo(1 / 6, 14);
    expect(common[0]).toBeCloseTo(1, 14);
    // Sizes 4, 3 and 2.
    expect(common[1]).toBeCloseTo((2 + 1 + 1) / 3 / 3, 14);
    expect(common[2]).toBeCloseTo(1 / 3, 14);
  });

  it.each([
    [190896, 57771, 13054],
    [0.1, 0.2, 0.3],
  ])('is 1 for one set, whatever the rounding: %d, %d and %d units', (...held) => {
    expect(orderFreeCurves([7, ...held]).jaccard[0]).toBe(1);
    expect(orderFreeCurves([7, ...held]).common[0]).toBe(1);
  });

  it('is undefined for empty sets', () => {
    expect(orderFreeCurves([5, 0, 0])).toEqual({ jaccard: [null, null], common: [null, null] });
  });
});

describe('expected counts', () => {
  it('two coins', () => {
    expect(countDistribution([0.5, 0.25])).toEqual([0.375, 0.5, 0.125]);
    expect(expectedHeldBy(8, [4, 2])).toEqual([3, 4, 1]);
    expect(expectedHeldBy(0, [0, 0])).toEqual([0, 0, 0]);
  });

  it('give the n-way floor of equal sizes, whatever the order', () => {
    const sizes = new Array<number>(6).fill(300);
    const { jaccard, common } = orderFreeCurves(expectedHeldBy(3000, sizes));
    for (let n = 1; n <= 6; n++) {
      expect(jaccard[n - 1]).toBeCloseTo(independentJaccard(new Array<number>(n).fill(0.1))!, 12);
      expect(common[n - 1]).toBeCloseTo(0.1 ** (n - 1), 12);
    }
  });

  it('of intervals are those of intervals placed at random', () => {
    const [layers, lengths] = [12, [3, 5, 7]] as const;
    const expected = expectedIntervalHeldBy(layers, lengths);
    const uniform = seededUniform(4);
    const rounds = 20000;
    const sums = [0, 0, 0, 0];
    const squares = [0, 0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      const held = new Array<number>(layers).fill(0);
      for (const length of lengths) {
        const start = Math.floor(uniform() * (layers - length + 1));
        for (let layer = start; layer < start + length; layer++) held[layer]! += 1;
      }
      for (let k = 0; k <= 3; k++) {
        const count = held.filter((value) => value === k).length;
        sums[k]! += count;
        squares[k]! += count ** 2;
      }
    }
    for (let k = 0; k <= 3; k++) {
      const mean = sums[k]! / rounds;
      const standardError = Math.sqrt((squares[k]! / rounds - mean ** 2) / rounds);
      expect(Math.abs(mean - expected[k]!)).toBeLessThan(3 * standardError);
    }
    expect(expected.reduce((sum, count) => sum + count, 0)).toBeCloseTo(layers, 12);
    expect(expectedIntervalHeldBy(4, [0, 4])).toEqual([0, 4, 0]);
  });
});
