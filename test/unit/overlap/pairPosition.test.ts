import { describe, expect, it } from 'vitest';
import { halvesMatrix, jackknifeOf, pairPositions } from '../../../src/core/masks/pairPosition';
import type { RatioMatrix } from '../../../src/core/masks/overlapReport';
import { blockOf, replicatesOf } from '../../../src/core/run/replicates';
import type { PreparedDataset } from '../../../src/core/run/sample';

const pair = (value: number | null): RatioMatrix => [
  [1, value],
  [value, 1],
];

describe('the place of a pair between floor and ceiling', () => {
  const place = (iou: number | null, ceilings: (number | null)[], floor: number, error?: number) =>
    pairPositions({
      halves: pair(iou),
      ceilings,
      floor: pair(floor),
      jackknife: error === undefined ? null : { blocks: 8, standardError: pair(error) },
    })[0]![1];

  it('is 0 at the floor and 1 at the ceiling, which is the mean of the two', () => {
    expect(place(0.1, [0.5, 0.7], 0.1)).toEqual({ value: 0, low: null, high: null });
    expect(place(0.6, [0.5, 0.7], 0.1)!.value).toBeCloseTo(1, 12);
    expect(place(0.35, [0.5, 0.7], 0.1)!.value).toBeCloseTo(0.5, 12);
  });

  it('is not clamped', () => {
    expect(place(0.05, [0.6, 0.6], 0.1)!.value).toBeCloseTo(-0.1, 12);
    expect(place(0.7, [0.6, 0.6], 0.1)!.value).toBeCloseTo(1.2, 12);
  });

  it('has the interval of the IoU, t with 7 degrees of freedom for 8 blocks', () => {
    const { value, low, high } = place(0.35, [0.6, 0.6], 0.1, 0.02)!;
    expect(value).toBeCloseTo(0.5, 12);
    expect(low!).toBeCloseTo(0.5 - (2.365 * 0.02) / 0.5, 12);
    expect(high!).toBeCloseTo(0.5 + (2.365 * 0.02) / 0.5, 12);
  });

  it('is nothing without a ceiling above the floor, and for a region with itself', () => {
    expect(place(0.1, [0.1, 0.1], 0.1)).toBeNull();
    expect(place(0.1, [0.05, 0.05], 0.1)).toBeNull();
    expect(place(null, [0.5, 0.5], 0.1)).toBeNull();
    expect(place(0.1, [null, 0.5], 0.1)).toBeNull();
    expect(
      pairPositions({ halves: pair(0.2), ceilings: [0.5, 0.5], floor: pair(0), jackknife: null })[0]![0],
    ).toBeNull();
  });
});

describe('the jackknife', () => {
  it('by hand: 3/4 of 4 values, (1 - 1/g) times the squares', () => {
    const { blocks, standardError } = jackknifeOf([0.1, 0.2, 0.3, 0.4].map(pair));
    expect(blocks).toBe(4);
    // Deviations 0.15, 0.05, 0.05, 0.15.
    expect(standardError[0]![1]!).toBeCloseTo(Math.sqrt((3 / 4) * 0.05), 12);
    expect(standardError[0]![0]).toBe(0);
  });

  it('of a mean is the standard error of the mean', () => {
    const blocks = [3, 1, 4, 1, 5, 9, 2, 6];
    const sum = blocks.reduce((a, b) => a + b);
    const leftOut = blocks.map((value) => pair((sum - value) / 7));
    const variance = blocks.reduce((total, value) => total + (value - sum / 8) ** 2, 0) / 7;
    expect(jackknifeOf(leftOut).standardError[0]![1]!).toBeCloseTo(Math.sqrt(variance / 8), 12);
  });

  it('is nothing where leaving a block out leaves nothing', () => {
    expect(jackknifeOf([pair(0.1), pair(null)]).standardError[0]![1]).toBeNull();
  });
});

describe('halves', () => {
  it('of two regions are compared all four ways, of one with one another', () => {
    // Sets 0 and 1 are halves of the first region, 2 and 3 of the second.
    const iou = [
      [1, 0.5, 0.1, 0.2],
      [0.5, 1, 0.3, 0.4],
      [0.1, 0.3, 1, 0.7],
      [0.2, 0.4, 0.7, 1],
    ];
    const matrix = halvesMatrix(2, (a, b) => iou[a]![b]!);
    expect(matrix[0]![0]).toBe(0.5);
    expect(matrix[1]![1]).toBe(0.7);
    expect(matrix[0]![1]!).toBeCloseTo(0.25, 12);
  });

  const dataset = (count: number, role: PreparedDataset['role'] = 'identification') =>
    ({ id: 'D', role, samples: Array.from({ length: count }, (_, i) => ({ row: i + 1 })) }) as never;
  const rowsOf = (count: number, settings = { halves: true, jackknife: 8 }) =>
    Object.fromEntries(
      replicatesOf(dataset(count), settings).map(({ dataset: { id, samples } }) => [
        id,
        samples.map(({ row }) => row),
      ]),
    );

  it('and blocks are disjoint and hold every sample', () => {
    const rows = rowsOf(19);
    expect(Object.keys(rows)).toHaveLength(10);
    expect(rows['D@half1']).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    expect(rows['D@half2']).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
    const all = Array.from({ length: 19 }, (_, i) => i + 1);
    const left = Array.from({ length: 8 }, (_, block) =>
      all.filter((row) => !rows[`D@without${block + 1}`]!.includes(row)),
    );
    expect(left.flat().sort((a, b) => a - b)).toEqual(all);
    expect(left[3]).toEqual([4, 12]);
    expect(blockOf(11, 8)).toBe(3);
  });

  it('need samples: no jackknife with fewer than blocks, nothing of one sample or of utility', () => {
    expect(Object.keys(rowsOf(7))).toEqual(['D@half1', 'D@half2']);
    expect(Object.keys(rowsOf(9, { halves: false, jackknife: 4 }))).toHaveLength(4);
    expect(rowsOf(1)).toEqual({});
    expect(replicatesOf(dataset(9, 'utility'), { halves: true, jackknife: 8 })).toEqual([]);
  });
});
