import { expect, test } from 'vitest';

import { planGeneration } from '../../../src/engine/generate/generationPlan';
import { codeOf } from '../formats-model/temporaryFolder';
import { makeSpec } from '../graph/specs';

/** 24 layers of a model of about 0.5 billion parameters. */
const spec = {
  ...makeSpec({
    hiddenSize: 896,
    heads: 14,
    kvHeads: 2,
    headDim: 64,
    intermediateSize: 4864,
    theta: 1e6,
    normEps: 1e-6,
  }),
  layers: 24,
  vocabSize: 151_936,
};
const request = { prompts: 200, capacity: 160, longestPrompt: 112 };
const weightBytes = 4 * (24 * (896 * (896 + 2 * 128) + 896 * 896 + 3 * 896 * 4864) + 151_936 * 896);

test('a plan stays within its budget; more of it is never worse', async () => {
  let before = { resident: false, slots: 0 };
  const kinds = new Set<boolean>();
  for (let budget = 60e6; budget < 8e9; budget *= 1.15) {
    const code = await codeOf(() => planGeneration(spec, request, budget));
    if (code !== 'no error') {
      expect(code).toBe('generate-memory');
      expect(before.slots).toBe(0);
      continue;
    }
    const plan = planGeneration(spec, request, budget);
    kinds.add(plan.resident);
    expect(plan.bytes).toBeLessThanOrEqual(budget);
    expect(plan.slots).toBeGreaterThanOrEqual(before.resident === plan.resident ? before.slots : 1);
    expect(plan.resident || !before.resident).toBe(true);
    if (plan.resident) expect(plan.bytes).toBeGreaterThan(weightBytes);
    expect(plan.slots * 160 * 24 * 2 * 128 * 4).toBeLessThan(plan.bytes);
    before = plan;
  }
  expect([...kinds]).toEqual([false, true]);
});
