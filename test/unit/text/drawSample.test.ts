import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drawSample } from '../../../src/engine/prepare/drawSample';
import { seededRandom } from '../../../src/core/stats/random';

it('draws distinct numbers below the total, ascending', () => {
  fc.assert(
    fc.property(fc.nat(400), fc.nat(400), fc.maxSafeNat(), (a, b, seed) => {
      const [count, total] = [Math.min(a, b), Math.max(a, b)];
      const drawn = drawSample(total, count, seed);
      expect(drawn).toHaveLength(count);
      expect(drawn.every((n, i) => n >= 0 && n < total && (i === 0 || n > drawn[i - 1]!))).toBe(true);
      expect(drawSample(total, count, seed)).toEqual(drawn);
    }),
  );
});

it('draws everything when asked for all', () => {
  expect(drawSample(5, 5, 3)).toEqual([0, 1, 2, 3, 4]);
});

it('keeps its choice from version to version', () => {
  expect(drawSample(1000, 6, 0)).toMatchInlineSnapshot(`
    [
      105,
      183,
      344,
      550,
      698,
      924,
    ]
  `);
  expect(drawSample(1000, 6, 1)).toMatchInlineSnapshot(`
    [
      148,
      211,
      293,
      777,
      874,
      899,
    ]
  `);
  expect(drawSample(1000, 6, 2 ** 32)).toMatchInlineSnapshot(`
    [
      331,
      458,
      510,
      567,
      628,
      841,
    ]
  `);
});

/** Chi-square with 199 degrees of freedom: mean 199, deviation 20; the seeds are fixed, so this cannot flicker. */
it('takes every row alike over seeds', () => {
  const hits = new Array<number>(200).fill(0);
  const seeds = 4000;
  for (let seed = 0; seed < seeds; seed++) for (const n of drawSample(200, 20, seed)) hits[n]! += 1;
  const mean = (seeds * 20) / 200;
  // Draws without replacement: the variance of a count is mean (1 - 20/200).
  const chi = hits.reduce((sum, n) => sum + (n - mean) ** 2 / (mean * 0.9), 0);
  expect(chi).toBeGreaterThan(199 - 5 * 20);
  expect(chi).toBeLessThan(199 + 5 * 20);
});

it('is uniform below bounds that do not divide 2^32', () => {
  const random = seededRandom(7);
  const bound = 3 * 2 ** 30;
  let low = 0;
  for (let i = 0; i < 30_000; i++) if (random.below(bound) < 2 ** 30) low += 1;
  // A plain modulo would give one half.
  expect(low / 30_000).toBeCloseTo(1 / 3, 1);
});

it('differs between neighbouring seeds', () => {
  const first = new Set(Array.from({ length: 1000 }, (_, seed) => seededRandom(seed).below(2 ** 32)));
  expect(first.size).toBe(1000);
});
