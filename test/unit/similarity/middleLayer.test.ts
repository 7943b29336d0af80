import { expect, it } from 'vitest';

import type { DecoderSpec } from '../../../src/core/model/decoderSpec';
import { MiddleLayerObserver } from '../../../src/engine/embed/middleLayer';
import { planDataset } from '../../../src/engine/stream/passPlan';

it('a state that is no number is an error of its dataset, row and layer, not one of an encoder', () => {
  const dataset = {
    id: 'catqa',
    role: 'identification' as const,
    report: {} as never,
    samples: [3, 2].map((length, index) => ({
      row: 7 + index,
      tokenIds: new Array<number>(length).fill(1),
      responseStart: 2,
      truncated: false,
      category: null,
    })),
  };
  const spec = { layers: 4, hiddenSize: 2 } as unknown as DecoderSpec;
  const planned = planDataset(dataset, 100, 0);
  const group = { datasets: [planned], rows: 16 };
  const observer = new MiddleLayerObserver({ spec, group, workFile: (name) => name });
  const [batch] = planned.batches;
  const y = new Float32Array(16 * 2).fill(1);
  const seen = { layer: 1, planned, batch: batch!, y, outputs: {} };
  const secondTokenOfSecond = (8 + 1) * 2;
  // Behind the prompt, in the response or in the padding, anything may stand.
  y[2 * 2] = NaN;
  expect(() => observer.batchDone(seen)).not.toThrow();
  y[secondTokenOfSecond] = Infinity;
  expect(() => observer.batchDone({ ...seen, layer: 2 })).not.toThrow();
  expect(() => observer.batchDone(seen)).toThrow(
    "Dataset 'catqa', row 8, layer 1: the hidden state overflows",
  );
});
