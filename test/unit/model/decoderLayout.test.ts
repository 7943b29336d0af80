import { expect, test } from 'vitest';
import { rotationChangesAfter } from '../../../src/engine/blocks/rotaryTables';
import { planDataset } from '../../../src/engine/stream/passPlan';
import { describeConfig, SIZES } from './describe';

const LLAMA = { model_type: 'llama', ...SIZES };

test('texts that a rotation treats otherwise share no micro-batch', () => {
  const rope_scaling = {
    rope_type: 'longrope',
    short_factor: [1, 1, 1, 1],
    long_factor: [2, 2, 2, 2],
    original_max_position_embeddings: 10,
  };
  const apartAfter = rotationChangesAfter(describeConfig({ ...LLAMA, rope_scaling }));
  expect(apartAfter).toBe(10);
  expect(rotationChangesAfter(describeConfig(LLAMA))).toBe(Infinity);
  const samples = [11, 9, 12, 10].map((length) => ({ tokenIds: new Int32Array(length), responseStart: 1 }));
  const dataset = { id: 'd', role: 'identification', samples } as unknown as Parameters<
    typeof planDataset
  >[0];
  const lengths = (apart: number): number[][] =>
    planDataset(dataset, 512, 0, apart).batches.map((batch) => batch.samples.map((s) => s.tokenIds.length));
  expect(lengths(Infinity)).toEqual([[12, 11, 10, 9]]);
  expect(lengths(apartAfter)).toEqual([
    [12, 11],
    [10, 9],
  ]);
  expect(planDataset(dataset, 512, 0, apartAfter).batches.map(({ firstRow }) => firstRow)).toEqual([0, 32]);
});
