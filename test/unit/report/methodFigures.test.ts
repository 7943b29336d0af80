import { describe, expect, it } from 'vitest';
import { pairScale } from '../../../src/core/report/methodFigures';

describe('pairScale', () => {
  it('is the greatest IoU of two different regions, rounded up', () => {
    const overlaps = [
      [1, 0.21],
      [0.21, 1],
    ];
    expect(pairScale(overlaps, [[1]])).toBe(0.25);
  });

  it('is 1 where there is no pair, or none overlaps', () => {
    expect(pairScale([[1]])).toBe(1);
    const disjoint = [
      [1, 0],
      [0, 1],
    ];
    expect(pairScale(disjoint)).toBe(1);
  });
});
