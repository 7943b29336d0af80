import { join } from 'node:path';
import { expect, test } from 'vitest';

import { scalingEffect } from '../../../src/core/layers/scalingEffect';
import type { ModelSource } from '../../../src/engine/formats/modelDirectory';
import { generateGreedy } from '../../../src/engine/generate/generateGreedy';
import { planGeneration } from '../../../src/engine/generate/generationPlan';
import { paddedLength } from '../../../src/engine/generate/prefill';
import { scaledGains } from '../../../src/engine/layers/scaledGains';
import { readGain } from '../../../src/engine/stream/layerWeights';
import { temporaryFolder } from '../formats-model/temporaryFolder';
import { RANDOM_LLAMA, mulberry, randomModel } from '../generate/randomModel';
import { recompute } from '../generate/recompute';

const NEW_TOKENS = 10;
const FACTORS = Float32Array.of(1, 1.7, 0.5);
const random = mulberry(3);
const PROMPTS = [1, 9, 2, 17, 5].map((length) => Array.from({ length }, () => Math.floor(random() * 97)));

/** Less than what holding all weights takes: they are then read layer by layer. */
function streamedBudget({ spec }: ModelSource): number {
  const sizes = { prompts: PROMPTS.length, capacity: 17 + NEW_TOKENS, longestPrompt: paddedLength(17) };
  let budget = 2 ** 30;
  while (planGeneration(spec, sizes, budget).resident) budget = Math.floor(budget * 0.8);
  return budget;
}

const generate = (model: ModelSource, memoryBudgetBytes: number): Promise<number[][]> =>
  generateGreedy({
    model,
    prompts: PROMPTS,
    maxNewTokens: NEW_TOKENS,
    stopTokens: new Set(),
    threads: 1,
    memoryBudgetBytes,
    signal: new AbortController().signal,
  });

test.each(['qwen3', 'olmo2'])(
  '%s: answers are those of a model stored with scaled gains',
  async (model_type) => {
    const folder = await temporaryFolder();
    const config = { ...RANDOM_LLAMA, architectures: undefined, model_type };
    const model = await randomModel(join(folder, 'plain'), config);
    const { gains } = scalingEffect(model.spec);
    const params = model.spec.norms.flatMap(({ name, param }) => (gains.includes(name) ? [param] : []));
    const stored = await randomModel(join(folder, 'stored'), config, (name) => {
      const [, layer, param] = /^model\.layers\.(\d)\.(.*)$/.exec(name) ?? [];
      return params.includes(param ?? '') ? FACTORS[Number(layer)]! : 1;
    });
    const expected = await recompute(stored, PROMPTS, NEW_TOKENS);
    expect(expected).not.toEqual(await recompute(model, PROMPTS, NEW_TOKENS));
    for (const budget of [1e12, streamedBudget(model)]) {
      expect(await generate(scaledGains(model, gains, FACTORS), budget)).toEqual(expected);
    }
    await model.close();
    await stored.close();
  },
);

test('a gain that is stored less 1 is scaled as it is multiplied', async () => {
  const config = {
    ...RANDOM_LLAMA,
    architectures: undefined,
    model_type: 'gemma2',
    tie_word_embeddings: true,
  };
  const model = await randomModel(await temporaryFolder(), config);
  const name = 'model.layers.1.post_feedforward_layernorm.weight';
  const read = async (source: ModelSource, param = name): Promise<Float32Array> => {
    const gain = new Float32Array(32);
    await readGain(source, param, gain);
    return gain;
  };
  const scaled = scaledGains(model, ['afterMlp'], FACTORS);
  const plain = await read(model);
  (await read(scaled)).forEach((value, at) => expect(value).toBeCloseTo(1.7 * plain[at]!, 5));
  const other = 'model.layers.1.post_attention_layernorm.weight';
  expect(await read(scaled, other)).toEqual(await read(model, other));
  await model.close();
});
