import { describe, expect, test } from 'vitest';

import { countKept, keptByEnough, promptsNeeded } from '../../../src/core/selection/neuronSelection';
import { expectedKept } from '../../../src/core/stats/expectedKept';
import { mulberry } from '../generate/randomModel';

/** Counts after prompts that keep what is listed, of n neurons. */
function countsOf(n: number, kept: readonly (readonly number[])[]): Int32Array {
  const counts = new Int32Array(n);
  for (const set of kept) {
    const importances = new Float32Array(n);
    set.forEach((neuron) => (importances[neuron] = 1));
    countKept(importances, 1, set.length / n, counts);
  }
  return counts;
}

describe('neurons kept by prompts', () => {
  test('T22: all prompts, or a share of them', () => {
    const counts = countsOf(5, [
      [1, 2, 3],
      [2, 3, 4],
    ]);
    expect(keptByEnough(counts, promptsNeeded(1, 2))).toEqual([2, 3]);
    expect(keptByEnough(counts, promptsNeeded(0.5, 2))).toEqual([1, 2, 3, 4]);
  });

  test('the top floor(f n) of each prompt, lowest index on ties', () => {
    const counts = new Int32Array(4);
    countKept(Float32Array.of(1, 3, 3, 3, /**/ 9, 8, 7, 6), 2, 0.5, counts);
    expect([...counts]).toEqual([1, 2, 1, 0]);
    // 0.29 * 100 is 28.999999999999996 in binary.
    const hundred = new Int32Array(100);
    countKept(new Float32Array(100), 1, 0.29, hundred);
    expect(hundred.reduce((a, b) => a + b, 0)).toBe(29);
  });

  test('a share of the prompts is rounded up, in integers', () => {
    expect(promptsNeeded(0.07, 100)).toBe(7);
    expect(promptsNeeded(0.5, 3)).toBe(2);
    expect(promptsNeeded(1, 128)).toBe(128);
    expect(promptsNeeded(0.001, 5)).toBe(1);
  });
});

describe('sizes that chance gives (T24)', () => {
  test.each([
    [4096, 2000, 2, 976.6],
    [4096, 2000, 5, 113.7],
    [4096, 2000, 10, 3.16],
    [4096, 2000, 20, 0.002],
    [14336, 12000, 10, 2420.8],
    [14336, 12000, 20, 408.8],
    [14336, 12000, 50, 1.97],
    [11008, 11008, 50, 11008],
  ])('%d neurons, %d kept, %d prompts: %d', (neurons, kept, prompts, expected) => {
    const size = expectedKept({ neurons, kept, prompts, needed: prompts });
    expect(Math.abs(size - expected)).toBeLessThanOrEqual(
      10 ** -(String(expected).split('.')[1] ?? '').length / 2,
    );
  });

  test('of a share of the prompts: the mean over random sets', () => {
    const random = mulberry(3);
    const [neurons, kept, prompts, needed, draws] = [40, 12, 7, 3, 400];
    let total = 0;
    for (let draw = 0; draw < draws; draw++) {
      const counts = new Int32Array(neurons);
      for (let prompt = 0; prompt < prompts; prompt++) {
        countKept(Float32Array.from({ length: neurons }, random), 1, kept / neurons, counts);
      }
      total += keptByEnough(counts, needed).length;
    }
    const expected = expectedKept({ neurons, kept, prompts, needed });
    // Standard deviation of one size is below sqrt(neurons) / 2.
    expect(Math.abs(total / draws - expected)).toBeLessThan((4 * Math.sqrt(neurons)) / 2 / Math.sqrt(draws));
  });

  test('nothing where nothing is kept, all where nothing is asked for', () => {
    expect(expectedKept({ neurons: 10, kept: 0, prompts: 3, needed: 1 })).toBe(0);
    expect(expectedKept({ neurons: 10, kept: 1, prompts: 3, needed: 0 })).toBe(10);
  });
});
