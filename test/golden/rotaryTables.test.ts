import { expect, test } from 'vitest';
import type { RopeScaling } from '../../src/core/model/decoderSpec';
import { causalMask, rotaryTables } from '../../src/engine/blocks/rotaryTables';
import { Golden } from './golden';

const golden = new Golden('rotary');
const positions = Array.from(golden.get('positions').data as BigInt64Array, Number);

const CASES: Readonly<Record<string, { theta: number; scaling: RopeScaling }>> = {
  llama3: {
    theta: 1e4,
    scaling: { type: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 256 },
  },
  linear: { theta: 500, scaling: { type: 'linear', factor: 2.5 } },
  none: { theta: 1e6, scaling: { type: 'none' } },
};

/** One rounding of a float32 frequency turns position p by p 2^-24 at most, and its product rounds once more. */
test.each(Object.entries(CASES))('%s frequencies as in transformers', (name, rope) => {
  const tables = rotaryTables(rope, 32, 2048);
  for (const table of ['cos', 'sin'] as const) {
    const expected = golden.floats(`${name}/${table}`);
    positions.forEach((position, row) => {
      for (let j = 0; j < 16; j++) {
        const difference = Math.abs(tables[table][position * 16 + j]! - expected[row * 16 + j]!);
        expect(difference, `${table} at ${position}, ${j}`).toBeLessThanOrEqual((position + 1) * 2 ** -23);
      }
    });
  }
});

test('a position sees itself and those before it', () => {
  const no = -Infinity;
  expect([...causalMask(3)]).toEqual([0, no, no, 0, 0, no, 0, 0, 0]);
});
