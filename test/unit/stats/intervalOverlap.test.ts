import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectedIntervalIntersection,
  expectedIntervalJaccard,
  expectedIntervalJaccardCurve,
  expectedIntervalJaccardOfChoices,
} from '../../../src/core/stats/intervalOverlap';

/** Every placement in turn. */
function enumerated(layers: number, lengths: readonly number[]): { jaccard: number; common: number } {
  let [jaccard, common, placements] = [0, 0, 0];
  const visit = (i: number, starts: readonly number[]): void => {
    const length = lengths[i];
    if (length === undefined) {
      const holding = Array.from(
        { length: layers },
        (_, layer) => starts.filter((start, k) => layer >= start && layer < start + lengths[k]!).length,
      );
      const [and, or] = [
        holding.filter((n) => n === lengths.length).length,
        holding.filter((n) => n > 0).length,
      ];
      [jaccard, common, placements] = [jaccard + and / or, common + and, placements + 1];
      return;
    }
    for (let start = 0; start + length <= layers; start++) visit(i + 1, [...starts, start]);
  };
  visit(0, []);
  return { jaccard: jaccard / placements, common: common / placements };
}

function choicesOf(lengths: readonly number[], n: number): number[][] {
  const [first, ...others] = lengths;
  if (n === 0) return [[]];
  if (first === undefined) return [];
  return [...choicesOf(others, n - 1).map((choice) => [first, ...choice]), ...choicesOf(others, n)];
}

describe('intervals placed at random', () => {
  it.each([
    [32, 6, 0.162],
    [32, 7, 0.193],
    [32, 9, 0.259],
    [32, 12, 0.369],
    [18, 6, 0.313],
    [28, 8, 0.263],
  ])('METHODS 2.2: %i layers, width %i', (layers, width, expected) => {
    expect(expectedIntervalJaccard(layers, [width, width])).toBeCloseTo(expected, 3);
  });

  it('are those of an enumeration, of two, three and four intervals of any lengths', () => {
    const cases = fc
      .integer({ min: 1, max: 9 })
      .chain((layers) =>
        fc.tuple(
          fc.constant(layers),
          fc.array(fc.integer({ min: 1, max: layers }), { minLength: 2, maxLength: 4 }),
        ),
      );
    fc.assert(
      fc.property(cases, ([layers, lengths]) => {
        const { jaccard, common } = enumerated(layers, lengths);
        expect(expectedIntervalJaccard(layers, lengths)).toBeCloseTo(jaccard, 12);
        expect(expectedIntervalIntersection(layers, lengths)).toBeCloseTo(common, 12);
      }),
      { numRuns: 100 },
    );
  });

  it('over all choices are the mean of every choice, as far as it is defined', () => {
    const cases = fc
      .integer({ min: 1, max: 9 })
      .chain((layers) =>
        fc.tuple(
          fc.constant(layers),
          fc.array(fc.integer({ min: 0, max: layers }), { minLength: 1, maxLength: 5 }),
        ),
      );
    fc.assert(
      fc.property(cases, ([layers, lengths]) => {
        const found = expectedIntervalJaccardOfChoices(layers, lengths);
        for (let n = 1; n <= lengths.length; n++) {
          const each = choicesOf(lengths, n)
            .map((choice) => expectedIntervalJaccard(layers, choice))
            .filter((value) => value !== null);
          if (each.length === 0) expect(found[n - 1]).toBeNull();
          else
            expect(found[n - 1]).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / each.length, 12);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('over all choices, by hand: one layer of two, three times', () => {
    // Two lie together in half of the placements, three in a quarter.
    expect(expectedIntervalJaccardOfChoices(2, [1, 1, 1])).toEqual([1, 0.5, 0.25]);
  });

  it('one with itself is 1, with an empty one 0, two empty ones are undefined', () => {
    expect(expectedIntervalJaccardCurve(32, [6, 6, 0])).toEqual([1, expectedIntervalJaccard(32, [6, 6]), 0]);
    expect(expectedIntervalJaccard(32, [0, 0])).toBeNull();
    expect(expectedIntervalJaccard(32, [0, 32])).toBe(0);
    expect(() => expectedIntervalJaccard(4, [5])).toThrow(RangeError);
  });
});
