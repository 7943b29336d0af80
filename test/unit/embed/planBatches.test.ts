import { expect, it } from 'vitest';
import { planBatches } from '../../../src/engine/embed/planBatches';

const limits = { batchTexts: 4, maxPositions: 20 };

it('puts texts of like length together, each once, padded to a multiple of 8 below the last position', () => {
  const batches = planBatches([9, 1, 20, 3, 0, 8], limits);
  expect(batches).toEqual([
    { texts: [4, 1, 3, 5], rows: 4, length: 8 },
    { texts: [0, 2], rows: 4, length: 20 },
  ]);
  expect(planBatches([0], limits)).toEqual([{ texts: [0], rows: 4, length: 8 }]);
  expect(planBatches([], limits)).toEqual([]);
});

it('long texts go in smaller batches: attention scores are texts x tokens^2', () => {
  const long = { batchTexts: 16, maxPositions: 8192 };
  const lengths = Array.from({ length: 40 }, (_, i) => (i < 16 ? 512 : i < 32 ? 1024 : 8192));
  const batches = planBatches(lengths, long);
  expect(batches.flatMap(({ texts }) => texts)).toEqual(lengths.map((_, i) => i));
  expect(batches[0]).toMatchObject({ rows: 16, length: 512 });
  for (const { rows, length } of batches)
    expect(rows === 1 || rows * length ** 2 <= 16 * 512 ** 2).toBe(true);
  expect(batches.at(-1)).toMatchObject({ rows: 1, length: 8192 });
});
