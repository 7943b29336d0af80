import { expect, test } from 'vitest';
import { describeConfig, errorOf, normsOf, SIZES, windowsOf } from './describe';

const GEMMA2 = { model_type: 'gemma2', ...SIZES };

test('norms around both branches, soft caps, a query scale', () => {
  const spec = describeConfig({ ...GEMMA2, query_pre_attn_scalar: 64 });
  expect(spec).toMatchObject({
    attentionScale: 1 / 8,
    attentionSoftCap: 50,
    finalSoftCap: 30,
    normOffset: 1,
    embeddingScale: 8,
  });
  expect(normsOf(spec)).toEqual({
    attention: ['input_layernorm.weight', 64],
    afterAttention: ['post_attention_layernorm.weight', 64],
    mlp: ['pre_feedforward_layernorm.weight', 64],
    afterMlp: ['post_feedforward_layernorm.weight', 64],
  });
  expect(describeConfig(GEMMA2).attentionScale).toBe(1 / 16);
});

test('null is no cap, a missing field the usual one', () => {
  const none = { attn_logit_softcapping: null, final_logit_softcapping: null };
  expect(describeConfig({ ...GEMMA2, ...none })).toMatchObject({
    attentionSoftCap: null,
    finalSoftCap: null,
  });
  expect(errorOf({ ...GEMMA2, final_logit_softcapping: -1 }).message).toContain(
    'final_logit_softcapping is -1',
  );
});

test('windows in the first layer and every other one after it, or by layer_types', () => {
  expect(windowsOf(GEMMA2)).toEqual([4096, null, 4096]);
  const types = ['full_attention', 'sliding_attention', 'full_attention'];
  expect(windowsOf({ ...GEMMA2, sliding_window: 9, layer_types: types })).toEqual([null, 9, null]);
  expect(errorOf({ ...GEMMA2, sliding_window: null }).message).toContain('sliding_window is missing');
});

test('layers of one kind share one object', () => {
  const [first, second, third] = describeConfig(GEMMA2).layerKinds;
  expect(third).toBe(first);
  expect(second).not.toBe(first);
});
