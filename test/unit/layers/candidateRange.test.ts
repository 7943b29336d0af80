import { describe, expect, test } from 'vitest';
import { candidateRange } from '../../../src/core/layers/candidateRange';

const errors = (count: number, error = 0.1): number[] => new Array<number>(count).fill(error);

describe('the range that a gap proposes', () => {
  test('opens past the first quarter and ends where it has levelled off', () => {
    //            0    1    2    3    4  5  6  7   8     9     10  11
    const gap = [0.1, 0.2, 0.1, 0.15, 2, 5, 8, 10, 10.2, 10.2, 10, 10];
    // Growth from 7 to 8 is 0.2, less than a fifth of 3.
    expect(candidateRange(gap, errors(12))).toEqual([4, 7]);
  });

  test('goes to the last layer where it never levels off', () => {
    expect(candidateRange([0, 0.1, 0, 0.1, 2, 4, 6, 8], errors(8))).toEqual([4, 7]);
  });

  test('is none where nothing stands out of the first quarter, or out of the noise', () => {
    expect(candidateRange([3, 4, 3.5, 4, 3.8, 3.2], errors(6))).toBeNull();
    expect(candidateRange([0, 0.1, 0, 0.1, 2, 4, 6, 8], errors(8, 3))).toBeNull();
    expect(candidateRange([0, 0, 0, 0], errors(4, 0))).toBeNull();
    expect(candidateRange([-5, -6, -7, -8], errors(4))).toBeNull();
  });

  test('a model of one or two layers has no quarter to compare with, and no fault', () => {
    expect(candidateRange([5], errors(1))).toBeNull();
    expect(candidateRange([1, 5], errors(2))).toBeNull();
  });
});
