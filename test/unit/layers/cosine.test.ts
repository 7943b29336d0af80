import { describe, expect, test } from 'vitest';
import { angleOf, angularGap, pairCosines } from '../../../src/core/layers/cosine';
import { meanAndSd } from '../../../src/core/layers/moments';
import { drawBetween, drawWithin } from '../../../src/core/layers/promptPairs';
import { seededRandom } from '../../../src/core/stats/random';

const gap = (uu: number[], uh: number[]) =>
  angularGap(
    { pairs: uu.map((_, i) => [2 * i, 2 * i + 1] as const), cosines: Float64Array.from(uu) },
    { pairs: uh.map((_, i) => [i, i] as const), cosines: Float64Array.from(uh) },
  );

describe('angular difference', () => {
  test('T26: of mean cosines, and mean of angles', () => {
    const first = gap([1, 1], [1, 0]);
    expect(first.code).toBeCloseTo(60, 10);
    expect(first.paper).toBeCloseTo(45, 10);
    const second = gap([0.95, 0.85], [0.6, 0.2]);
    expect(second.code).toBeCloseTo(40.5799, 4);
    expect(second.paper).toBeCloseTo(40.805, 4);
  });

  test('T27: rounding past 1 is no NaN', () => {
    expect(angleOf(1.0000001)).toBe(0);
    expect(angleOf(-1.0000001)).toBe(180);
  });

  test('its error is that of prompts: pairs drawn once more add nothing', () => {
    const [uu, uh] = [
      [0.9, 0.8, 0.7],
      [0.3, 0.1, 0.2],
    ] as const;
    const once = gap([...uu], [...uh]);
    const again = angularGap(
      {
        pairs: [0, 1, 2, 0, 1, 2].map((i) => [2 * i, 2 * i + 1]),
        cosines: Float64Array.from([...uu, ...uu]),
      },
      { pairs: [0, 1, 2, 0, 1, 2].map((i) => [i, i]), cosines: Float64Array.from([...uh, ...uh]) },
    );
    expect(again.standardError).toBeCloseTo(once.standardError, 12);
  });

  test('its error is the spread over repetitions with new prompts, or a little more', () => {
    // Angles a + b of two prompts each: the truth is 0, and every repetition draws its prompts anew.
    const random = seededRandom(5);
    const uniform = (): number => random.below(2 ** 30) / 2 ** 30;
    const gaps: number[] = [];
    const errors: number[] = [];
    for (let repetition = 0; repetition < 300; repetition++) {
      const [utility, other] = [Array.from({ length: 20 }, uniform), Array.from({ length: 20 }, uniform)];
      const within = drawWithin(20, 200, random);
      const between = drawBetween(20, 20, 200, random);
      const cosine = (a: number, b: number): number => Math.cos(((40 + 10 * (a + b)) * Math.PI) / 180);
      const one = angularGap(
        { pairs: within, cosines: Float64Array.from(within, ([i, j]) => cosine(utility[i]!, utility[j]!)) },
        { pairs: between, cosines: Float64Array.from(between, ([i, j]) => cosine(utility[i]!, other[j]!)) },
      );
      gaps.push(one.paper);
      errors.push(one.standardError);
    }
    const spread = meanAndSd(gaps, 1).sd;
    expect(meanAndSd(errors).mean).toBeGreaterThan(0.9 * spread);
    expect(meanAndSd(errors).mean).toBeLessThan(1.4 * spread);
  });
});

describe('cosines', () => {
  test('of pairs of rows', () => {
    const rows = { data: Float32Array.of(1, 0, 1, 1, 0, -2), width: 2 };
    const cosines = pairCosines(rows, rows, [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 2],
    ]);
    [Math.SQRT1_2, -Math.SQRT1_2, 0, 1].forEach((expected, at) =>
      expect(cosines[at]).toBeCloseTo(expected, 12),
    );
  });

  test('the script has ddof 0, alpha ddof 1; one value has no spread', () => {
    expect(meanAndSd([1, 3]).sd).toBe(1);
    expect(meanAndSd([1, 3], 1).sd).toBeCloseTo(Math.SQRT2, 12);
    expect(meanAndSd([4], 1).sd).toBe(0);
  });
});

describe('pairs', () => {
  test('of one set are two different prompts, all of them equally often', () => {
    const pairs = drawWithin(4, 12_000, seededRandom(1));
    const times = new Map<string, number>();
    for (const pair of pairs) times.set(pair.join(), (times.get(pair.join()) ?? 0) + 1);
    expect(times.size).toBe(12);
    for (const count of times.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('of two sets cover both; the seed decides', () => {
    const pairs = drawBetween(3, 5, 400, seededRandom(2));
    expect(new Set(pairs.map(([first]) => first)).size).toBe(3);
    expect(new Set(pairs.map(([, second]) => second)).size).toBe(5);
    expect(drawBetween(3, 5, 400, seededRandom(2))).toEqual(pairs);
    expect(drawBetween(3, 5, 400, seededRandom(3))).not.toEqual(pairs);
  });

  test('of one prompt are none', () => {
    expect(() => drawWithin(1, 3, seededRandom(0))).toThrow(RangeError);
    expect(() => drawBetween(3, 0, 3, seededRandom(0))).toThrow(RangeError);
  });
});
