import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topCount } from '../../../src/core/selection/fraction';
import { selectFlat, selectRows } from '../../../src/core/selection/selectTop';
import { marked, scoreArrays, topBySorting } from './reference';

function rowsOf(scores: Float32Array, rows: number, cols: number, k: number, firstBit = 0): number[] {
  const bits = new Uint8Array(Math.ceil((firstBit + scores.length) / 8));
  selectRows(scores, rows, cols, k, bits, firstBit);
  return marked(bits, firstBit, scores.length);
}

function flatOf(scores: Float32Array, k: number, firstBit = 0): number[] {
  const bits = new Uint8Array(Math.ceil((firstBit + scores.length) / 8));
  selectFlat(scores, k, bits, firstBit);
  return marked(bits, firstBit, scores.length);
}

describe('selection of the top fraction', () => {
  it('T10: per matrix and per row give different regions, with IoU 2/6', () => {
    const scores = Float32Array.of(9, 8, 7, 6, 1, 2, 3, 4);
    const matrix = flatOf(scores, topCount(0.5, 8));
    const row = rowsOf(scores, 2, 4, topCount(0.5, 4));
    expect(matrix).toEqual([0, 1, 2, 3]);
    expect(row).toEqual([0, 1, 6, 7]);
    const and = matrix.filter((i) => row.includes(i)).length;
    expect(and / new Set([...matrix, ...row]).size).toBe(2 / 6);
  });

  it('T12: ten equal scores at q = 0.3 give the first three', () => {
    const scores = new Float32Array(10).fill(0.7);
    expect(rowsOf(scores, 1, 10, topCount(0.3, 10))).toEqual([0, 1, 2]);
    expect(flatOf(scores, topCount(0.3, 10))).toEqual([0, 1, 2]);
  });

  it('T14: set difference by matrix leaves one weight, by row none', () => {
    const safety = Float32Array.of(9, 8, 2, 1);
    const utility = Float32Array.of(7, 1, 6, 5);
    const without = (a: number[], b: number[]): number[] => a.filter((i) => !b.includes(i));
    expect(without(flatOf(safety, topCount(0.5, 4)), flatOf(utility, topCount(0.5, 4)))).toEqual([1]);
    const k = topCount(0.5, 2);
    expect(without(rowsOf(safety, 2, 2, k), rowsOf(utility, 2, 2, k))).toEqual([]);
  });

  it('ranks NaN last, ties -0 with +0 and tells denormals apart', () => {
    const tiny = 2 ** -149;
    const scores = Float32Array.of(NaN, -Infinity, -0, 0, tiny, 2 * tiny, Infinity, -tiny);
    const order = [6, 5, 4, 2, 3, 7, 1, 0];
    for (let k = 0; k <= 8; k++) {
      const expected = order.slice(0, k).sort((a, b) => a - b);
      expect(rowsOf(scores, 1, 8, k)).toEqual(expected);
      expect(flatOf(scores, k)).toEqual(expected);
    }
  });

  it('agrees with a stable sort, row by row, at any bit offset', () => {
    const cases = fc
      .record({ rows: fc.integer({ min: 1, max: 4 }), values: scoreArrays({ minLength: 1, maxLength: 300 }) })
      .chain(({ rows, values }) => {
        const cols = Math.max(1, Math.floor(values.length / rows));
        const used = Math.min(rows, Math.floor(values.length / cols));
        return fc.record({
          rows: fc.constant(used),
          cols: fc.constant(cols),
          scores: fc.constant(values.slice(0, used * cols)),
          k: fc.integer({ min: 0, max: cols }),
          firstBit: fc.integer({ min: 0, max: 40 }),
        });
      });
    fc.assert(
      fc.property(cases, ({ rows, cols, scores, k, firstBit }) => {
        const expected = Array.from({ length: rows }, (_, row) =>
          topBySorting(scores.subarray(row * cols, (row + 1) * cols), k).map((i) => row * cols + i),
        ).flat();
        expect(rowsOf(scores, rows, cols, k, firstBit)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with a stable sort over the whole matrix', () => {
    const cases = scoreArrays({ maxLength: 500 }).chain((scores) =>
      fc.record({
        scores: fc.constant(scores),
        k: fc.integer({ min: 0, max: scores.length }),
        firstBit: fc.integer({ min: 0, max: 17 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ scores, k, firstBit }) => {
        expect(flatOf(scores, k, firstBit)).toEqual(topBySorting(scores, k));
      }),
      // Each run clears the search's two histograms of 65,536 counts.
      { numRuns: 200 },
    );
  });

  it('is exact on long rows: all equal, all in one bin, a wide range, signs mixed', () => {
    const cols = 5000;
    const rows: Record<string, (i: number) => number> = {
      equal: () => 1,
      zero: () => 0,
      oneBin: (i) => 1 + ((i * 7919) % 65536) * 2 ** -23,
      oneBinTied: (i) => 1 + ((i * 7919) % 64) * 2 ** -23,
      wide: (i) => 2 ** (((i * 31) % 250) - 125),
      signs: (i) => Math.sin(i) * 1e-3,
      infinite: (i) => (i % 3 === 0 ? Infinity : i),
      notNumbers: (i) => (i % 2 === 0 ? NaN : (i * 13) % 100),
    };
    for (const [name, make] of Object.entries(rows)) {
      const scores = Float32Array.from({ length: cols }, (_, i) => make(i));
      for (const k of [1, 250, 2500, 4999, 5000]) {
        expect(rowsOf(scores, 1, cols, k), `${name}, k = ${k}`).toEqual(topBySorting(scores, k));
        expect(flatOf(scores, k), `${name}, k = ${k}`).toEqual(topBySorting(scores, k));
      }
    }
  });

  it('leaves bits outside its range alone', () => {
    const bits = Uint8Array.of(0b101, 0, 0b11000000);
    selectRows(new Float32Array(19).fill(1), 1, 19, 19, bits, 3);
    expect([...bits]).toEqual([0b11111101, 0xff, 0b11111111]);
  });

  it('reads a view that does not start at its buffer', () => {
    const scores = Float32Array.of(9, 9, 1, 3, 2).subarray(2);
    expect(rowsOf(scores, 1, 3, 1)).toEqual([1]);
    expect(flatOf(scores, 2)).toEqual([1, 2]);
  });

  it('refuses sizes that do not fit', () => {
    const bits = new Uint8Array(1);
    expect(() => selectRows(new Float32Array(6), 2, 2, 1, bits, 0)).toThrow('2 x 2 is not 6 scores');
    expect(() => selectRows(new Float32Array(4), 2, 2, 3, bits, 0)).toThrow(RangeError);
    expect(() => selectRows(new Float32Array(4), 2, 2, 1, bits, 5)).toThrow('no room');
    expect(() => selectFlat(new Float32Array(4), -1, bits, 0)).toThrow(RangeError);
    expect(() => selectFlat(new Float32Array(4), 5, bits, 0)).toThrow(RangeError);
  });
});
