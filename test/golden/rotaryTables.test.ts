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

test.each([
  ['short', 16],
  ['long', 17],
])('LongRoPE: a text of %s length', (name, length) => {
  const longrope = new Golden('rotary.longrope');
  const scaling: RopeScaling = {
    type: 'longrope',
    shortFactors: [1, 1.5],
    longFactors: [2, 7],
    attentionFactor: Math.sqrt(1 + Math.log(64 / 16) / Math.log(16)),
    originalMaxPositions: 16,
  };
  // Padding does not count as text.
  const tables = rotaryTables({ theta: 1000, scaling }, 4, 24, length);
  for (const table of ['cos', 'sin'] as const) {
    const expected = longrope.floats(`${name}/${table}`);
    expect(expected).toHaveLength(length * 2);
    expected.forEach((value, index) =>
      expect(Math.abs(tables[table][index]! - value), `${table} ${index}`).toBeLessThan(4e-6),
    );
  }
});

test('a position sees itself and those before it', () => {
  const no = -Infinity;
  expect([...causalMask(3)]).toEqual([0, no, no, 0, 0, no, 0, 0, 0]);
  expect([...causalMask(3, 3)]).toEqual([...causalMask(3)]);
  expect([...causalMask(3, 2)]).toEqual([0, no, no, 0, 0, no, no, 0, 0]);
  expect([...causalMask(3, 1)]).toEqual([0, no, no, no, 0, no, no, no, 0]);
});
