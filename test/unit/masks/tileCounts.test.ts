import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsetOf } from '../../../src/core/masks/bitset';
import { evenEdges, TileCounter, tileEdges, type TileEdges } from '../../../src/core/masks/tileCounts';

/** The packed set as 32-bit words, its first unit at bit `first`. */
function wordsOf(units: number, set: readonly number[], first = 0): Int32Array {
  const bits = bitsetOf(
    units + first,
    set.map((unit) => unit + first),
  );
  const words = new Int32Array(Math.ceil((units + first) / 32));
  new Uint8Array(words.buffer).set(bits);
  return words;
}

function countWhole(rows: number, columns: number, set: readonly number[], edges: [TileEdges, TileEdges]) {
  const counter = new TileCounter(...edges, columns);
  counter.add(wordsOf(rows * columns, set), 0, 0, rows);
  return [...counter.counts];
}

describe('tile edges', () => {
  it('are of one size, the last tile perhaps smaller', () => {
    expect(tileEdges(0, 10, 4)).toEqual([0, 3, 6, 9, 10]);
    expect(tileEdges(5, 4, 64)).toEqual([5, 6, 7, 8, 9]);
    expect(tileEdges(0, 14336, 64)).toHaveLength(65);
    expect(evenEdges(12, 3)).toEqual([0, 4, 8, 12]);
  });

  it('are at most as many tiles as asked for, and end where the axis ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 64 }), (size, most) => {
        const edges = tileEdges(7, size, most);
        expect(edges.length - 1).toBeLessThanOrEqual(most);
        expect([edges[0], edges.at(-1)]).toEqual([7, 7 + size]);
        expect(edges.slice(1).every((edge, i) => edge > edges[i]!)).toBe(true);
      }),
    );
  });
});

describe('units by tile', () => {
  it('are those of a matrix counted by hand', () => {
    // # . . # .
    // # # . . .
    // . . . . #
    const set = [0, 3, 5, 6, 14];
    // Rows 0-1 and 2; columns 0-1, 2-3 and 4.
    expect(
      countWhole(3, 5, set, [
        [0, 2, 3],
        [0, 2, 4, 5],
      ]),
    ).toEqual([3, 1, 0, 0, 0, 1]);
    // Only row 1, columns 1 to 4.
    expect(
      countWhole(3, 5, set, [
        [1, 2],
        [1, 5],
      ]),
    ).toEqual([1]);
  });

  it('are right at the ends of words: one row of 96 bits, all set', () => {
    const all = Array.from({ length: 96 }, (_, i) => i);
    const columns = [0, 1, 31, 32, 33, 64, 95, 96];
    expect(countWhole(1, 96, all, [[0, 1], columns])).toEqual([1, 30, 1, 1, 31, 31, 1]);
  });

  const matrices = fc
    .record({ rows: fc.integer({ min: 1, max: 12 }), columns: fc.integer({ min: 1, max: 80 }) })
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        set: fc.uniqueArray(fc.integer({ min: 0, max: shape.rows * shape.columns - 1 })),
        tiles: fc.record({ rows: fc.integer({ min: 1, max: 5 }), columns: fc.integer({ min: 1, max: 7 }) }),
        pieceRows: fc.integer({ min: 1, max: 12 }),
        first: fc.integer({ min: 0, max: 31 }),
      }),
    );

  it('are those of the indices, however the mask is cut into pieces, and add up to the whole set', () => {
    fc.assert(
      fc.property(matrices, ({ shape: { rows, columns }, set, tiles, pieceRows, first }) => {
        const rowEdges = tileEdges(0, rows, tiles.rows);
        const columnEdges = tileEdges(0, columns, tiles.columns);
        const counter = new TileCounter(rowEdges, columnEdges, columns);
        for (let row = 0; row < rows; row += pieceRows) {
          const some = Math.min(pieceRows, rows - row);
          const own = set
            .map((unit) => unit - row * columns)
            .filter((unit) => unit >= 0 && unit < some * columns);
          counter.add(wordsOf(some * columns, own, first), first, row, some);
        }
        const expected = rowEdges.slice(1).flatMap((bottom, i) =>
          columnEdges.slice(1).map((right, j) => {
            const inTile = (unit: number): boolean => {
              const [row, column] = [Math.floor(unit / columns), unit % columns];
              return row >= rowEdges[i]! && row < bottom && column >= columnEdges[j]! && column < right;
            };
            return set.filter(inTile).length;
          }),
        );
        expect([...counter.counts]).toEqual(expected);
        expect(counter.counts.reduce((sum, count) => sum + count, 0)).toBe(set.length);
      }),
      { numRuns: 400 },
    );
  });
});
