import { describe, expect, it } from 'vitest';

import type { PreparedDataset } from '../../../src/core/run/sample';
import { batchRows, planDataset } from '../../../src/engine/stream/passPlan';

const dataset = (lengths: readonly number[]): PreparedDataset =>
  ({
    id: 'texts',
    samples: lengths.map((length) => ({ tokenIds: Array.from({ length }, () => 1), responseStart: 1 })),
  }) as unknown as PreparedDataset;

const batchesOf = (lengths: readonly number[], maxRows: number): number[][] =>
  planDataset(dataset(lengths), maxRows, 0).batches.map(({ sampleIndices }) => [...sampleIndices]);

describe('micro-batches', () => {
  it('are even where texts are', () => {
    expect(batchesOf(Array<number>(16).fill(96), 512).map(({ length }) => length)).toEqual([4, 4, 4, 4]);
    expect(batchesOf(Array<number>(6).fill(8), 32).map(({ length }) => length)).toEqual([3, 3]);
  });

  it('are an even number where the texts allow it, or one', () => {
    expect(batchesOf(Array<number>(9).fill(8), 24).map(({ length }) => length)).toEqual([3, 3, 3]);
    expect(batchesOf(Array<number>(12).fill(8), 32).map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    expect(batchesOf([5, 3], 512)).toEqual([[0, 1]]);
    expect(batchesOf([], 512)).toEqual([]);
  });

  it('hold every text once, long ones first, within the limit', () => {
    const lengths = [3, 90, 17, 40, 64, 64, 9, 33, 12, 80, 5];
    const { batches } = planDataset(dataset(lengths), 128, 0);
    expect(batches.flatMap(({ sampleIndices }) => sampleIndices).toSorted((a, b) => a - b)).toEqual(
      lengths.map((_, index) => index),
    );
    for (const batch of batches) expect(batchRows(batch)).toBeLessThanOrEqual(128);
    expect(batches.map(({ length }) => length)).toEqual(
      batches.map(({ length }) => length).toSorted((a, b) => b - a),
    );
  });
});
