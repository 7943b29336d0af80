import { describe, expect, it } from 'vitest';

import { unitsOf } from '../../../src/core/masks/bitset';
import {
  directionsKept,
  extrapolationOf,
  remainingCount,
  selectRegion,
} from '../../../src/engine/nlsr/nlsrRules';

describe('extrapolation (T37)', () => {
  it('multiplies the update by 1.9 as in the paper, by 3.24 as in the script', () => {
    const update = ({ a, b, scale }: ReturnType<typeof extrapolationOf>): number => a * b * scale;
    expect(update(extrapolationOf('paper', 0.9))).toBeCloseTo(1.9, 12);
    expect(extrapolationOf('paper', 0.9)).toMatchObject({ a: 1, b: 1 });
    expect(extrapolationOf('code', 0.9)).toMatchObject({ a: 1.8, b: 1.8, scale: 1 });
    expect(update(extrapolationOf('code', 0.9))).toBeCloseTo(3.24, 12);
    // 1.9 by scaling both matrices would be 1.378405 for each.
    expect(Math.sqrt(update(extrapolationOf('paper', 0.9)))).toBeCloseTo(1.378405, 6);
    // beta = (1 - alpha) / alpha
    expect(update(extrapolationOf('paper', (1 - 0.9) / 0.9))).toBeCloseTo(1 / 0.9, 12);
    expect(1 / (1 + 0.9)).toBeCloseTo(0.526, 3);
  });

  it('leaves the adapter as it is at 0', () => {
    expect(extrapolationOf('paper', 0)).toEqual({ a: 1, b: 1, scale: 1 });
    expect(extrapolationOf('code', 0)).toEqual({ a: 1, b: 1, scale: 1 });
  });
});

describe('directions kept (T38)', () => {
  it('are 25 of 128 in the paper and 102 in the script', () => {
    expect(directionsKept('paper', 0.8, 128)).toBe(25);
    expect(directionsKept('code', 0.8, 128)).toBe(102);
  });

  it('count in integers in the paper and in binary floats in the script, as T11', () => {
    expect(directionsKept('paper', 0.43, 100)).toBe(57);
    expect(directionsKept('code', 0.57, 100)).toBe(56);
    expect(remainingCount(0.8, 10)).toBe(2);
    expect(remainingCount(0, 7)).toBe(7);
    expect(remainingCount(1, 7)).toBe(0);
  });

  it('are never none', () => {
    expect(directionsKept('paper', 0.8, 4)).toBe(1);
    expect(directionsKept('paper', 1, 8)).toBe(1);
    expect(directionsKept('code', 0, 8)).toBe(1);
  });
});

describe('the region of a matrix (T38)', () => {
  const scores = Float32Array.from({ length: 10 }, (_, value) => value);

  it('is one element fewer than 20 % in the script, and exactly 20 % in the paper', () => {
    expect(unitsOf(selectRegion('code', 0.8, scores))).toEqual([9]);
    expect(unitsOf(selectRegion('paper', 0.8, scores))).toEqual([8, 9]);
  });

  it('leaves ties with the threshold out in the script, and takes the lowest index in the paper', () => {
    const ties = Float32Array.of(5, 1, 5, 5, 0, 0, 0, 0, 0, 0);
    expect(unitsOf(selectRegion('code', 0.8, ties))).toEqual([]);
    expect(unitsOf(selectRegion('paper', 0.8, ties))).toEqual([0, 2]);
  });

  it('does not change the scores, and holds at the ends of the range', () => {
    selectRegion('code', 0.8, scores.reverse());
    expect([...scores]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(unitsOf(selectRegion('code', 1, scores))).toEqual([]);
    expect(unitsOf(selectRegion('paper', 1, scores))).toEqual([]);
    expect(unitsOf(selectRegion('paper', 0, scores))).toHaveLength(10);
    expect(unitsOf(selectRegion('code', 0, scores))).toHaveLength(9);
  });
});
