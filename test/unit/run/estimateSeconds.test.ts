import { describe, expect, it } from 'vitest';

import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import { describeModel } from '../../../src/core/model/registry';
import { answerWork, estimateSeconds, type Work } from '../../../src/engine/run/estimateSeconds';
import type { DraftDataset } from '../../../src/engine/prepare/promptQueue';
import { LLAMA_CONFIG } from '../formats-model/tinyModel';

/** Two layers of q 8x8, k and v 4x8, o 8x8, gate, up and down 6x8: 336 weights each. */
const spec = describeModel(CheckedConfig.of(LLAMA_CONFIG, 'config.json'));
const work: Work = {
  spec,
  rows: 1000,
  groups: 1,
  hasBackward: false,
  hasReplicates: false,
  selections: 0,
  stageUnits: 0,
  answers: { rows: 0, sweeps: 0 },
};

describe('estimateSeconds', () => {
  /** 336 weights, 2 operations each, 1000 rows, 2 layers. */
  const FORWARD = 336 * 2 * 1000 * 2;
  const READ = 2 * 336 * 8e-9;

  it('is products at the measured speed, the weights read, and two seconds', () => {
    expect(estimateSeconds(work, 1e6)).toBeCloseTo(2 + FORWARD / 1e6 + READ, 9);
    expect(estimateSeconds(work, 1e3)).toBeCloseTo(2 + FORWARD / 1e3 + READ, 6);
  });

  it('is four times the products with a backward pass, five times with those of parts as well', () => {
    const back = { ...work, hasBackward: true };
    expect(estimateSeconds(back, 1e6)).toBeCloseTo(2 + (4 * FORWARD) / 1e6 + 2 * READ, 9);
    expect(estimateSeconds({ ...back, hasReplicates: true }, 1e6)).toBeCloseTo(
      2 + (5 * FORWARD) / 1e6 + 2 * READ,
      9,
    );
  });

  it('adds what stages, selections and answers take', () => {
    const more = { ...work, selections: 10, stageUnits: 500, answers: { rows: 100, sweeps: 3 } };
    const products = FORWARD + 336 * 2 * (500 + 100 * 2);
    const weights = 2 * 336 * (4 * 8e-9 + 10 * 4e-9);
    expect(estimateSeconds(more, 1e6)).toBeCloseTo(2 + products / 1e6 + weights, 9);
  });
});

describe('answerWork', () => {
  const dataset = (queue: object | undefined, id = 'a'): DraftDataset =>
    ({
      id,
      queue,
      samples: [
        { tokenIds: [1, 2, 3, 0, 0], responseStart: 3 },
        { tokenIds: [1, 0, 0], responseStart: 1 },
      ],
    }) as unknown as DraftDataset;

  it('is nothing where no set asks the model', () => {
    expect(answerWork([dataset(undefined)], spec, 1e9)).toEqual({ rows: 0, sweeps: 0 });
  });

  it('reads the weights once where they fit in memory', () => {
    // Prompts of 3 and 1 tokens, two new ones each, of which one counts as 3.5 rows.
    expect(answerWork([dataset({})], spec, 1e9)).toEqual({ rows: 4 + 3.5 * 4, sweeps: 1 });
  });

  it('counts a second draw, which is asked from the queue of the first', () => {
    const drafts = [dataset({}), dataset(undefined, 'b'), dataset(undefined, 'a@draw2')];
    expect(answerWork(drafts, spec, 1e9)).toEqual({ rows: 2 * (4 + 3.5 * 4), sweeps: 1 });
  });
});
