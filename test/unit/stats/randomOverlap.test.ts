import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectedDice,
  expectedJaccard,
  expectedOverlapCoefficient,
  independentJaccard,
  independentJaccardCurve,
} from '../../../src/core/stats/randomOverlap';
import { randomSubset, seededUniform } from './random';

/** The definition in integers: sum over i of C(a,i) C(N-a,b-i) / C(N,b) * i / (a+b-i), rounded once at the end. */
function expectedByBinomials(N: number, a: number, b: number): number {
  let numerator = 0n;
  let denominator = 1n;
  for (let i = Math.max(0, a + b - N); i <= Math.min(a, b); i++) {
    const ways = choose(a, i) * choose(N - a, b - i) * BigInt(i);
    const of = BigInt(a + b - i);
    numerator = numerator * of + ways * denominator;
    denominator *= of;
  }
  const SCALE = 10n ** 20n;
  return Number((numerator * SCALE) / (denominator * choose(N, b))) / 1e20;
}

function choose(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i);
  return value;
}

describe('random baselines', () => {
  it('T45b: Bernoulli regions', () => {
    expect(independentJaccard([0.05, 0.05])).toBeCloseTo(0.025641, 6);
    expect(independentJaccard([0.05, 0.03])).toBeCloseTo(0.019108, 6);
    expect(independentJaccard([0.1, 0.1, 0.1])).toBeCloseTo(0.00369, 6);
  });

  it('keeps its digits at tiny densities', () => {
    const q = 1e-12;
    expect(independentJaccard([q, q])! / (q / (2 - q))).toBeCloseTo(1, 12);
  });

  it('T45b: fixed sizes, exactly, where the ratio of expectations is off', () => {
    expect(expectedJaccard(4, 2, 2)).toBeCloseTo(7 / 18, 15);
    expect(independentJaccard([2 / 4, 2 / 4])).toBeCloseTo(0.3333, 4);
    expect(expectedJaccard(10, 3, 3)).toBeCloseTo(0.200833, 6);
    expect(independentJaccard([3 / 10, 3 / 10])).toBeCloseTo(0.176471, 6);
    expect(expectedJaccard(1000, 50, 50)).toBeCloseTo(0.025887, 6);
  });

  it.each([
    ['0.01', '0.00503', '3.37e-5', '2.0e-9', '1.0e-19'],
    ['0.03', '0.01523', '3.09e-4', '1.7e-7', '2.2e-15'],
    ['0.05', '0.02564', '8.76e-4', '1.4e-6', '2.4e-13'],
    ['0.1', '0.05263', '3.69e-3', '2.4e-5', '1.5e-10'],
    ['0.2', '0.11111', '1.64e-2', '4.8e-4', '1.1e-7'],
    ['0.5', '0.33333', '0.14286', '3.23e-2', '9.8e-4'],
  ])('n-way table of METHODS 2.2 at q = %s', (q, two, three, five, ten) => {
    const curve = independentJaccardCurve(Array.from({ length: 10 }, () => Number(q)));
    expect(curve[0]).toBe(1);
    for (const [n, printed] of [
      [2, two],
      [3, three],
      [5, five],
      [10, ten],
    ] as const) {
      // Equal to the last digit printed.
      const [mantissa = '', exponent = '0'] = printed.split('e');
      const unit = 10 ** (Number(exponent) - mantissa.split('.')[1]!.length);
      expect(Math.abs(curve[n - 1]! - Number(printed))).toBeLessThan(0.5001 * unit);
    }
  });

  it('agrees with binomial coefficients in integers, sizes unequal and large included', () => {
    const cases = fc
      .integer({ min: 1, max: 60 })
      .chain((N) => fc.tuple(fc.constant(N), fc.integer({ min: 1, max: N }), fc.integer({ min: 0, max: N })));
    fc.assert(
      fc.property(cases, ([N, a, b]) => {
        expect(Math.abs(expectedJaccard(N, a, b)! - expectedByBinomials(N, a, b))).toBeLessThan(1e-14);
      }),
      { numRuns: 300 },
    );
  });

  it('stays exact and fast at the sizes of models', () => {
    // E[J] = J(mu) + J''(mu) var / 2 + ..., J(i) = i / (a + b - i): at this N the rest is far below the tolerance.
    const [N, a, b] = [7e9, 3.5e8, 1.2e8];
    const mu = (a / N) * b;
    const variance = mu * (1 - a / N) * ((N - b) / (N - 1));
    const second = (2 * (a + b)) / (a + b - mu) ** 3;
    const started = performance.now();
    const value = expectedJaccard(N, a, b)!;
    expect(Math.abs(value / (mu / (a + b - mu) + (second * variance) / 2) - 1)).toBeLessThan(1e-11);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('lies within 3 standard errors of a simulation', () => {
    const uniform = seededUniform(20260217);
    for (const [N, a, b] of [
      [40, 10, 6],
      [200, 20, 20],
      [30, 25, 20],
    ] as const) {
      const draws = 4000;
      let [sum, squares, diceSum, coefficientSum] = [0, 0, 0, 0];
      for (let draw = 0; draw < draws; draw++) {
        const A = new Set(randomSubset(uniform, N, a));
        const and = randomSubset(uniform, N, b).filter((unit) => A.has(unit)).length;
        const j = and / (a + b - and);
        sum += j;
        squares += j * j;
        diceSum += (2 * and) / (a + b);
        coefficientSum += and / Math.min(a, b);
      }
      const mean = sum / draws;
      const standardError = Math.sqrt((squares / draws - mean * mean) / draws);
      expect(Math.abs(mean - expectedJaccard(N, a, b)!)).toBeLessThan(3 * standardError);
      // sd of |A and B| from the hypergeometric variance
      const sd = Math.sqrt((((a * b) / N) * (1 - a / N) * ((N - b) / (N - 1))) / draws);
      expect(Math.abs(diceSum / draws - expectedDice(N, a, b)!)).toBeLessThan((3 * 2 * sd) / (a + b));
      const coefficient = expectedOverlapCoefficient(N, a, b)!;
      expect(Math.abs(coefficientSum / draws - coefficient)).toBeLessThan((3 * sd) / Math.min(a, b));
    }
  });

  it('n-way product lies within 3 standard errors of a simulation of counts', () => {
    const uniform = seededUniform(7);
    const densities = [0.5, 0.4, 0.7];
    const N = 200_000;
    let [and, or] = [0, 0];
    for (let unit = 0; unit < N; unit++) {
      const inside = densities.filter((q) => uniform() < q).length;
      if (inside === 3) and++;
      if (inside > 0) or++;
    }
    const j = independentJaccard(densities)!;
    expect(Math.abs(and / or - j)).toBeLessThan(3 * Math.sqrt((j * (1 - j)) / or));
  });

  it('is undefined for empty against empty, 0 for empty against something, 1 for everything', () => {
    expect(expectedJaccard(10, 0, 0)).toBeNull();
    expect(expectedJaccard(10, 0, 3)).toBe(0);
    expect(expectedJaccard(10, 10, 10)).toBe(1);
    expect(independentJaccard([0, 0])).toBeNull();
    expect(independentJaccard([0, 0.5])).toBe(0);
    expect(independentJaccard([1, 1])).toBe(1);
    expect(independentJaccardCurve([0, 0.5])).toEqual([null, 0]);
    expect(expectedDice(10, 0, 0)).toBeNull();
    expect(expectedOverlapCoefficient(10, 0, 3)).toBeNull();
    expect(() => expectedJaccard(3, 4, 1)).toThrow(RangeError);
  });
});
