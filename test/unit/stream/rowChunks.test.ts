import { describe, expect, it } from 'vitest';

import { rowChunks } from '../../../src/engine/stream/rowChunks';

describe('rows of a matrix in chunks', () => {
  it.each([
    [576, 576, 2 ** 20],
    [1536, 576, 2 ** 20],
    [576, 1536, 2 ** 20],
    [14336, 4096, 2 ** 20],
    [4096, 14336, 2 ** 20],
    [7, 3, 2 ** 20],
    [1000, 64, 640],
    [20, 1000, 10],
  ])(
    '%i x %i, at most %i elements: whole, in bytes of bits, within the limit',
    (rows, columns, chunkElements) => {
      const chunks = rowChunks(rows, columns, { chunkElements });
      let next = 0;
      for (const { firstRow, rows: count } of chunks) {
        expect(firstRow).toBe(next);
        expect(firstRow % 8).toBe(0);
        expect(count).toBeGreaterThan(0);
        expect(count * columns).toBeLessThanOrEqual(Math.max(chunkElements, 8 * columns));
        next += count;
      }
      expect(next).toBe(rows);
    },
  );
});
