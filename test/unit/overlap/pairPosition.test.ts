import { describe, expect, it } from 'vitest';
import { FamilyCounter } from '../../../src/core/masks/familyCounts';
import { bitsetOf } from '../../../src/core/masks/bitset';
import {
  jackknifeOf,
  pairPositions,
  sampleIou,
  sampleMatrix,
  samplesOf,
  samplesOutside,
  type SampleCounts,
} from '../../../src/core/masks/pairPosition';
import type { RatioMatrix } from '../../../src/core/masks/overlapReport';
import { blockOf, replicatesOf } from '../../../src/core/run/replicates';
import type { PreparedDataset } from '../../../src/core/run/sample';

const pair = (value: number | null): RatioMatrix => [
  [1, value],
  [value, 1],
];

/** Two samples of A, then two of B, of `units` units. */
const counted = (units: number, sets: readonly (readonly number[])[], utility: readonly number[] = []) =>
  new FamilyCounter(sets.length, { pairsOnly: true }).count(
    units,
    sets.map((set) => bitsetOf(units, [...set])),
    bitsetOf(units, [...utility]),
  );

describe('two samples of each dataset', () => {
  const all = counted(
    12,
    [
      [0, 1, 2, 3],
      [0, 1, 2, 4],
      [0, 1, 5, 6],
      [0, 1, 6, 7],
    ],
    [0, 7],
  );

  it('are compared all four ways, those of one dataset with one another: by hand', () => {
    // A1 with A2: 3 of 5. B1 with B2: 3 of 5 ({0, 1, 6} of {0, 1, 5, 6, 7}). A with B: {0, 1} of 6, every time.
    expect(sampleIou(samplesOf(all))).toEqual([
      [3 / 5, 2 / 6],
      [2 / 6, 3 / 5],
    ]);
  });

  it('outside the utility region: its units are in no set, nor in what sets could hold', () => {
    // Without 0 and 7: {1,2,3} {1,2,4} {1,5,6} {1,6}: 2/4, 2/3; A with B 1/5, 1/4, 1/5, 1/4.
    const outside = samplesOutside(all)!;
    expect(outside.units).toBe(10);
    const iou = sampleIou(outside);
    expect([iou[0]![0], iou[1]![1]]).toEqual([2 / 4, 2 / 3]);
    expect(iou[0]![1]!).toBeCloseTo((1 / 5 + 1 / 4) / 2, 12);
    expect(samplesOutside({ ...all, isolated: null })).toBeNull();
  });
});

describe('the place of a pair between floor and ceiling', () => {
  /** Sets of one unit each with the wanted IoUs would not do: the counts are made up. */
  const countsOf = (iou: number, ceilings: readonly [number, number]): SampleCounts => {
    // Sizes of 1: J = n / (2 - n), so that n = 2 J / (1 + J).
    const shared = (value: number): number => (2 * value) / (1 + value);
    const pairs = new Float64Array(16);
    pairs[1 * 4 + 0] = shared(ceilings[0]);
    pairs[3 * 4 + 2] = shared(ceilings[1]);
    for (const cross of [8, 9, 12, 13]) pairs[cross] = shared(iou);
    return { units: 100, sizes: Float64Array.of(1, 1, 1, 1), pairs };
  };
  const place = (
    whole: SampleCounts,
    floor: number | null,
    leftOut: readonly { sample: number; counts: SampleCounts }[] = [],
    floorError: number | null = null,
  ) =>
    pairPositions({
      whole,
      leftOut,
      floorOf: () => pair(floor),
      floorError: floorError === null ? null : pair(floorError),
    });

  it('is 0 at the floor and 1 at the ceiling, which is the mean of the two', () => {
    expect(place(countsOf(0.1, [0.5, 0.7]), 0.1)[0]![1]!.value).toBeCloseTo(0, 12);
    expect(place(countsOf(0.6, [0.5, 0.7]), 0.1)[0]![1]!.value).toBeCloseTo(1, 12);
    expect(place(countsOf(0.35, [0.5, 0.7]), 0.1)[1]![0]!.value).toBeCloseTo(0.5, 12);
    expect(place(countsOf(0.35, [0.5, 0.7]), 0.1)[0]![1]).toMatchObject({
      floor: 0.1,
      low: null,
      high: null,
    });
  });

  it('is not clamped', () => {
    expect(place(countsOf(0.05, [0.6, 0.6]), 0.1)[0]![1]!.value).toBeCloseTo(-0.1, 12);
    expect(place(countsOf(0.7, [0.6, 0.6]), 0.1)[0]![1]!.value).toBeCloseTo(1.2, 12);
  });

  it('has the interval of the whole ratio, samples as strata: by hand', () => {
    const at = (value: number): SampleCounts => countsOf(0.1 + 0.5 * value, [0.6, 0.6]);
    // Values 0.4, 0.6 without a block of the first sample, 0.45, 0.55 of the second: 1/2 (0.02 + 0.005).
    const leftOut = [
      { sample: 0, counts: at(0.4) },
      { sample: 0, counts: at(0.6) },
      { sample: 1, counts: at(0.45) },
      { sample: 1, counts: at(0.55) },
    ];
    const error = Math.sqrt(0.0125);
    const { value, low, high } = place(at(0.5), 0.1, leftOut)[0]![1]!;
    expect(value).toBeCloseTo(0.5, 12);
    // Four values, two strata: t with 2 degrees of freedom.
    expect(low!).toBeCloseTo(0.5 - 4.303 * error, 12);
    expect(high!).toBeCloseTo(0.5 + 4.303 * error, 12);
    // A floor that is off by 0.01 moves the value by (0.5 - 1) / 0.5 of it: the two errors add up in squares.
    const both = place(at(0.5), 0.1, leftOut, 0.01)[0]![1]!;
    expect(both.high! - 0.5).toBeCloseTo(4.303 * Math.hypot(error, 0.01), 12);
  });

  it('moves with the ceiling, too: halves that vary in it alone have an interval', () => {
    const leftOut = [0.55, 0.65, 0.55, 0.65].map((ceiling, i) => ({
      sample: i < 2 ? 0 : 1,
      counts: countsOf(0.35, [ceiling, ceiling]),
    }));
    const { low, high } = place(countsOf(0.35, [0.6, 0.6]), 0.1, leftOut)[0]![1]!;
    expect(high! - low!).toBeGreaterThan(0.1);
  });

  it('is nothing without a ceiling above the floor, and for a region with itself', () => {
    expect(place(countsOf(0.1, [0.1, 0.1]), 0.1)[0]![1]).toBeNull();
    expect(place(countsOf(0.1, [0.05, 0.05]), 0.1)[0]![1]).toBeNull();
    expect(place(countsOf(0.1, [0.5, 0.5]), null)[0]![1]).toBeNull();
    expect(place(countsOf(0.2, [0.5, 0.5]), 0)[0]![0]).toBeNull();
    const empty = { units: 9, sizes: new Float64Array(4), pairs: new Float64Array(16) };
    expect(place(empty, 0.1)[0]![1]).toBeNull();
  });

  it('has no interval where a value is undefined without some block', () => {
    const leftOut = [0.6, 0.05, 0.6, 0.6].map((ceiling, i) => ({
      sample: i < 2 ? 0 : 1,
      counts: countsOf(0.35, [ceiling, ceiling]),
    }));
    expect(place(countsOf(0.35, [0.6, 0.6]), 0.1, leftOut)[0]![1]).toMatchObject({ low: null, high: null });
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

describe('the parts of a dataset', () => {
  it('of two are put in one matrix: the mean of four, and each with its own', () => {
    // Sets 0 and 1 are parts of the first dataset, 2 and 3 of the second.
    const iou = [
      [1, 0.5, 0.1, 0.2],
      [0.5, 1, 0.3, 0.4],
      [0.1, 0.3, 1, 0.7],
      [0.2, 0.4, 0.7, 1],
    ];
    const four = { units: 1, sizes: new Float64Array(4), pairs: new Float64Array(16) };
    const matrix = sampleMatrix(four, (a, b) => iou[a]![b]!);
    expect(matrix[0]![0]).toBe(0.5);
    expect(matrix[1]![1]).toBe(0.7);
    expect(matrix[0]![1]!).toBeCloseTo(0.25, 12);
  });

  const dataset = (count: number, role: PreparedDataset['role'] = 'identification') =>
    ({ id: 'D', role, samples: Array.from({ length: count }, (_, i) => ({ row: i + 1 })) }) as never;
  const rowsOf = (count: number, settings = { halves: true, jackknife: 8, secondDraw: false }) =>
    Object.fromEntries(
      replicatesOf(dataset(count), settings).map(({ dataset: { id, samples } }) => [
        id,
        samples.map(({ row }) => row),
      ]),
    );

  it('halves and blocks are disjoint and hold every sample', () => {
    const rows = rowsOf(19);
    expect(Object.keys(rows)).toHaveLength(18);
    expect(rows['D@half1']).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    expect(rows['D@half2']).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
    const all = Array.from({ length: 19 }, (_, i) => i + 1);
    const left = Array.from({ length: 8 }, (_, block) =>
      all.filter((row) => !rows[`D@without${block + 1}`]!.includes(row)),
    );
    expect(left.flat().sort((a, b) => a - b)).toEqual(all);
    expect(left[3]).toEqual([4, 12]);
    // Block 4 belongs to the second half; block 1 to the first.
    expect(rows['D@half2without4']).toEqual([2, 6, 8, 10, 14, 16, 18]);
    expect(rows['D@half1without1']).toEqual([3, 5, 7, 11, 13, 15, 19]);
    expect(blockOf(11, 8)).toBe(3);
  });

  it('of a second draw are blocks alone', () => {
    const draw = { ...(dataset(9) as PreparedDataset), id: 'D@draw2' };
    const parts = replicatesOf(draw, { halves: true, jackknife: 4, secondDraw: true });
    expect(parts.map((part) => part.dataset.id)).toEqual(
      [1, 2, 3, 4].map((block) => `D@draw2@without${block}`),
    );
  });

  it('need samples: no jackknife with fewer than blocks, nothing of one sample or of utility', () => {
    expect(Object.keys(rowsOf(7))).toEqual(['D@half1', 'D@half2']);
    expect(Object.keys(rowsOf(9, { halves: false, jackknife: 4, secondDraw: false }))).toHaveLength(4);
    // Halves of one block each: without it nothing would be left.
    expect(Object.keys(rowsOf(9, { halves: true, jackknife: 2, secondDraw: false }))).toHaveLength(4);
    expect(rowsOf(1)).toEqual({});
    expect(replicatesOf(dataset(9, 'utility'), { halves: true, jackknife: 8, secondDraw: false })).toEqual(
      [],
    );
  });
});
