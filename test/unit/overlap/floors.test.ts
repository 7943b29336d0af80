import { describe, expect, it } from 'vitest';
import { randomSubset, seededUniform } from '../stats/random';
import { inTen, overlapOf, TEN } from './sets';

describe('what regions have in common with the utility region', () => {
  it('by hand', async () => {
    const { utilityTwin, utilityShare, baselines } = await overlapOf({
      universe: TEN,
      regions: [inTen(1, 2, 3, 4), inTen(3, 4, 5), inTen(8)],
      utility: inTen(4, 5, 6),
    });
    // {4} of {1..6}, {4, 5} of {3..6}, nothing.
    expect(utilityTwin).toEqual([1 / 6, 2 / 4, 0]);
    // {3, 4} in common, 4 is utility; nothing in common with the third; the diagonal is |S and U| / |S|.
    expect(utilityShare).toEqual([
      [1 / 4, 1 / 2, null],
      [1 / 2, 2 / 3, null],
      [null, null, 0],
    ]);
    expect(baselines.randomUtilityShare).toBe(3 / 10);
    // Sum over i of Hyp(i; 10, 1, 3) i / (4 - i).
    expect(baselines.randomUtilityTwin?.[2]).toBeCloseTo((3 / 10) * (1 / 3), 12);
  });

  it('is nothing without one', async () => {
    const { utilityTwin, utilityShare, baselines } = await overlapOf({
      universe: TEN,
      regions: [inTen(1), inTen(1)],
    });
    expect([utilityTwin, utilityShare, baselines.randomUtilityTwin, baselines.randomUtilityShare]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('laws: shares in [0, 1]; with U itself the twin is 1 and all agreement is utility', async () => {
    const uniform = seededUniform(5);
    for (let trial = 0; trial < 20; trial++) {
      const [a, b, u] = [4, 5, 6].map((size) => inTen(...randomSubset(uniform, 10, size)));
      const { utilityTwin, utilityShare } = await overlapOf({
        universe: TEN,
        regions: [a!, b!, u!],
        utility: u!,
      });
      for (const share of utilityShare!.flat()) {
        if (share === null) continue;
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(utilityTwin![2]).toBe(1);
      expect([1, null]).toContain(utilityShare![0]![2]);
    }
  });
});
