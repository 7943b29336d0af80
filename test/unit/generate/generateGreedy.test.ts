import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openModel, type ModelSource } from '../../../src/engine/formats/modelDirectory';
import { generateGreedy, type GenerateRequest } from '../../../src/engine/generate/generateGreedy';
import { planGeneration } from '../../../src/engine/generate/generationPlan';
import { paddedLength } from '../../../src/engine/generate/prefill';
import { codeOf, temporaryFolder } from '../formats-model/temporaryFolder';
import { mulberry, RANDOM_LLAMA, randomModel } from './randomModel';
import { recompute } from './recompute';

const NEW_TOKENS = 14;
const LENGTHS = [1, 9, 2, 17, 5, 8, 23, 3, 12];
const PLENTY = 1e12;

const long = (values: number): number[] => Array.from({ length: values }, (_, index) => 2 + index);

const ARCHITECTURES: Record<string, Readonly<Record<string, unknown>>> = {
  llama: RANDOM_LLAMA,
  'llama, tied, heads of 6': { ...RANDOM_LLAMA, head_dim: 6, tie_word_embeddings: true },
  qwen2: { ...RANDOM_LLAMA, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2', head_dim: 8 },
  qwen3: { ...RANDOM_LLAMA, architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3' },
  gemma2: {
    ...RANDOM_LLAMA,
    architectures: ['Gemma2ForCausalLM'],
    model_type: 'gemma2',
    hidden_act: undefined,
    hidden_activation: 'gelu_pytorch_tanh',
    sliding_window: 7,
    query_pre_attn_scalar: 16,
    attn_logit_softcapping: 5,
    final_logit_softcapping: 8,
    tie_word_embeddings: true,
  },
  'phi3, rotations that change at 16 tokens': {
    ...RANDOM_LLAMA,
    architectures: ['Phi3ForCausalLM'],
    model_type: 'phi3',
    head_dim: undefined,
    original_max_position_embeddings: 16,
    rope_scaling: { type: 'longrope', short_factor: [1, 1, 1, 1], long_factor: long(4) },
  },
};

test.each(Object.entries(ARCHITECTURES))(
  'cached, ragged and batched equals recomputing each text: %s',
  async (_, config) => {
    const model = await randomModel(await temporaryFolder(), config);
    const prompts = somePrompts();
    const expected = await recompute(model, prompts, NEW_TOKENS);
    expect(new Set(expected.flat()).size).toBeGreaterThan(10);
    expect(await generate(model, { prompts })).toEqual(expected);
    expect(await generate(model, { prompts, memoryBudgetBytes: streamedBudget(model) })).toEqual(expected);
    await model.close();
  },
);

test('more prompts than slots: finished answers make room, and the last ones move together', async () => {
  const model = await randomModel(await temporaryFolder());
  const prompts = somePrompts([...LENGTHS, ...LENGTHS, 4, 30]);
  // Stops make answers of many lengths.
  const free = await recompute(model, prompts, NEW_TOKENS);
  const stopTokens = new Set([free[0]![3]!, free[3]![6]!, free[6]![1]!]);
  const expected = await recompute(model, prompts, NEW_TOKENS, stopTokens);
  expect(new Set(expected.map(({ length }) => length)).size).toBeGreaterThan(3);
  for (const slots of [1, 4, 5, 20]) {
    const memoryBudgetBytes = planFor(model, { prompts, slots }).bytes;
    expect(await generate(model, { prompts, stopTokens, memoryBudgetBytes }), `${slots} slots`).toEqual(
      expected,
    );
  }
  await model.close();
});

test('weights behind a link are held in memory all the same', async () => {
  const folder = await temporaryFolder();
  const plain = await randomModel(folder);
  const prompts = somePrompts();
  const expected = await generate(plain, { prompts });
  await plain.close();
  await mkdir(join(folder, 'blobs'));
  const file = join(plain.directory, 'model.safetensors');
  await rename(file, join(folder, 'blobs', '0a1b2c'));
  await symlink(join('blobs', '0a1b2c'), file);
  const linked = await openModel(plain.directory, '/', { embeddedRoot: '/' });
  expect(await generate(linked, { prompts })).toEqual(expected);
  await linked.close();
});

test('a stop token ends an answer and is not part of it; a first one leaves it empty', async () => {
  const model = await randomModel(await temporaryFolder());
  const prompts = somePrompts();
  const free = await recompute(model, prompts, NEW_TOKENS);
  const stopTokens = new Set([free[1]![0]!, free[2]![5]!]);
  const answers = await generate(model, { prompts, stopTokens });
  const cut = free.map((tokens) => {
    const end = tokens.findIndex((token) => stopTokens.has(token));
    return end < 0 ? tokens : tokens.slice(0, end);
  });
  expect(answers).toEqual(cut);
  expect(answers[1]).toEqual([]);
  await model.close();
});

test('an answer ends at the last position of the model', async () => {
  const model = await randomModel(await temporaryFolder());
  const answers = await generate(model, { prompts: somePrompts([60, 63, 5]), maxNewTokens: 100 });
  expect(answers.map(({ length }) => length)).toEqual([4, 1, 59]);
  await model.close();
});

test('a scale of a layer is a scale of its seven weights, and 1 changes nothing', async () => {
  const folder = await temporaryFolder();
  const model = await randomModel(join(folder, 'plain'));
  const prompts = somePrompts();
  const plain = await generate(model, { prompts });
  const ones = new Float32Array(3).fill(1);
  expect(await generate(model, { prompts, layerScale: ones })).toEqual(plain);

  const layerScale = Float32Array.of(1, 1.3, 0.8);
  const factorOf = (withOutput: boolean) => (name: string) => {
    const layer = /^model\.layers\.(\d)\..*(?<module>[a-z]+_proj)\.weight$/.exec(name);
    return layer && (withOutput || layer.groups?.module !== 'o_proj') ? layerScale[Number(layer[1])]! : 1;
  };
  const scaled: number[][][] = [];
  for (const scaleOutputProjection of [true, false]) {
    const written = await randomModel(
      join(folder, `${scaleOutputProjection}`),
      RANDOM_LLAMA,
      factorOf(scaleOutputProjection),
    );
    const expected = await recompute(written, prompts, NEW_TOKENS);
    await written.close();
    for (const memoryBudgetBytes of [PLENTY, streamedBudget(model)]) {
      const request = { prompts, layerScale, scaleOutputProjection, memoryBudgetBytes };
      expect(await generate(model, request)).toEqual(expected);
    }
    scaled.push(expected);
  }
  expect(scaled[0]).not.toEqual(plain);
  expect(scaled[1]).not.toEqual(scaled[0]);
  await model.close();
});

test('the only layer of a model is scaled once, however often it is used', async () => {
  const folder = await temporaryFolder();
  const config = { ...RANDOM_LLAMA, num_hidden_layers: 1 };
  const model = await randomModel(join(folder, 'plain'), config);
  const scaled = await randomModel(join(folder, 'scaled'), config, (name) =>
    name.includes('_proj') ? 1.5 : 1,
  );
  const prompts = somePrompts();
  const expected = await recompute(scaled, prompts, NEW_TOKENS);
  expect(await generate(model, { prompts, layerScale: Float32Array.of(1.5) })).toEqual(expected);
  await model.close();
  await scaled.close();
});

test('cancelling loses no finished answer', async () => {
  const model = await randomModel(await temporaryFolder());
  const prompts = somePrompts();
  const free = await recompute(model, prompts, NEW_TOKENS);
  const stopTokens = new Set([free[4]![4]!]);
  const expected = await recompute(model, prompts, NEW_TOKENS, stopTokens);
  for (const memoryBudgetBytes of [PLENTY, streamedBudget(model)]) {
    const controller = new AbortController();
    const kept = new Map<number, readonly number[]>();
    const run = generate(model, {
      prompts,
      stopTokens,
      memoryBudgetBytes,
      signal: controller.signal,
      onAnswer: async (index, tokens) => {
        await Promise.resolve();
        kept.set(index, tokens);
        controller.abort();
      },
    });
    expect(await codeOf(() => run)).toBe('cancelled');
    expect(kept.size).toBeGreaterThan(0);
    expect(kept.size).toBeLessThan(prompts.length);
    for (const [index, tokens] of kept) expect(tokens).toEqual(expected[index]);
  }
  await model.close();
});

test('progress counts finished answers up to all of them', async () => {
  const model = await randomModel(await temporaryFolder());
  const seen: number[] = [];
  await generate(model, {
    prompts: somePrompts(),
    onProgress: ({ finished, prompts, tokensPerSecond }) => {
      expect(prompts).toBe(LENGTHS.length);
      expect(tokensPerSecond).toBeGreaterThan(0);
      seen.push(finished);
    },
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(LENGTHS.length);
  await model.close();
});

test('a model whose logits are not numbers says so, and answers nothing', async () => {
  const model = await randomModel(await temporaryFolder(), RANDOM_LLAMA, (name) =>
    name === 'model.norm.weight' ? NaN : 1,
  );
  const prompts = somePrompts();
  for (const memoryBudgetBytes of [PLENTY, streamedBudget(model)]) {
    expect(await codeOf(() => generate(model, { prompts, memoryBudgetBytes }))).toBe('logits-not-numbers');
  }
  await model.close();
});

test('an embedding that no text uses may be anything', async () => {
  const model = await randomModel(await temporaryFolder());
  const prompts = somePrompts().map((prompt) => prompt.map((token) => token || 1));
  const stopTokens = new Set([0]);
  const expected = await recompute(model, prompts, NEW_TOKENS, stopTokens);
  const damaged: ModelSource = {
    ...model,
    async readRows(name, ids, into) {
      await model.readRows(name, ids, into);
      const { hiddenSize } = model.spec;
      Array.from(ids).forEach(
        (id, row) => id === 0 && into.fill(NaN, row * hiddenSize, (row + 1) * hiddenSize),
      );
    },
  };
  for (const memoryBudgetBytes of [PLENTY, streamedBudget(model)]) {
    expect(await generate(damaged, { prompts, stopTokens, memoryBudgetBytes })).toEqual(expected);
  }
  await model.close();
});

test('no prompts, no new tokens, and prompts that cannot be', async () => {
  const model = await randomModel(await temporaryFolder());
  expect(await generate(model, { prompts: [] })).toEqual([]);
  expect(await generate(model, { prompts: [[1], [2]], maxNewTokens: 0 })).toEqual([[], []]);
  expect(await codeOf(() => generate(model, { prompts: [[1], []] }))).toBe('prompt-empty');
  expect(await codeOf(() => generate(model, { prompts: [[97]] }))).toBe('prompt-token');
  expect(await codeOf(() => generate(model, { prompts: [new Array<number>(64).fill(1)] }))).toBe(
    'prompt-too-long',
  );
  expect(await codeOf(() => generate(model, { prompts: [[1]], memoryBudgetBytes: 1000 }))).toBe(
    'generate-memory',
  );
  await model.close();
});

function somePrompts(lengths: readonly number[] = LENGTHS): number[][] {
  const random = mulberry(3);
  return lengths.map((length) => Array.from({ length }, () => Math.floor(random() * 97)));
}

function generate(
  model: ModelSource,
  request: Partial<GenerateRequest> & Pick<GenerateRequest, 'prompts'>,
): Promise<number[][]> {
  return generateGreedy({
    model,
    maxNewTokens: NEW_TOKENS,
    stopTokens: new Set(),
    threads: 1,
    memoryBudgetBytes: PLENTY,
    signal: new AbortController().signal,
    ...request,
  });
}

function planFor(
  { spec }: ModelSource,
  { prompts, slots }: { readonly prompts: readonly (readonly number[])[]; readonly slots: number },
): ReturnType<typeof planGeneration> {
  const longest = Math.max(...prompts.map(({ length }) => length));
  const capacity = Math.min(spec.maxPositions, longest + NEW_TOKENS);
  return planGeneration(spec, { prompts: slots, capacity, longestPrompt: paddedLength(longest) }, PLENTY);
}

/** One byte less than what the weights and four samples need. */
function streamedBudget(model: ModelSource): number {
  return planFor(model, { prompts: somePrompts(), slots: 4 }).bytes - 1;
}
