import { describe, expect, it } from 'vitest';

import { replacementProbabilities } from '../../../src/core/methods/nlsrRepair';

describe('the probability that a module is replaced (T40)', () => {
  const rounded = (rule: 'paper' | 'code', similarities = [0.9, 0.5, 0.1]): number[] =>
    replacementProbabilities(similarities, { centre: 0.5, spread: 0.2, rule }).map((p) =>
      Number(p.toFixed(12)),
    );

  it('is highest for the most similar one in the script, for the least similar one in the paper', () => {
    expect(rounded('code')).toEqual([0.7, 0.5, 0.3]);
    expect(rounded('paper')).toEqual([0.3, 0.5, 0.7]);
  });

  it('follows the order of the similarities, not that of the modules', () => {
    expect(rounded('paper', [0.1, 0.9, 0.5])).toEqual([0.7, 0.3, 0.5]);
    expect(rounded('paper', [0.4])).toEqual([0.5]);
  });
});
