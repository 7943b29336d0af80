import { expect, test } from 'vitest';
import { biasedModules, describeConfig, errorOf, normsOf, SIZES } from './describe';

const GEMMA = { model_type: 'gemma', ...SIZES };

test('gains less 1, the embedding times sqrt(hidden size), tied, heads 256 wide', () => {
  expect(describeConfig(GEMMA)).toMatchObject({
    activation: 'geluTanh',
    normOffset: 1,
    embeddingScale: 8,
    headDim: 256,
    attentionScale: 1 / 16,
    head: 'model.embed_tokens.weight',
    attentionSoftCap: null,
  });
  expect(Object.keys(normsOf(describeConfig(GEMMA)))).toEqual(['attention', 'mlp']);
  expect(describeConfig({ ...GEMMA, tie_word_embeddings: false }).head).toBe('lm_head.weight');
  expect(biasedModules(describeConfig({ ...GEMMA, attention_bias: true }))).toHaveLength(4);
});

test('"gelu" means the tanh form, as transformers reads it; others are refused', () => {
  expect(describeConfig({ ...GEMMA, hidden_act: 'gelu' }).activation).toBe('geluTanh');
  expect(errorOf({ ...GEMMA, hidden_act: 'silu' }).message).toContain('hidden_act is "silu"');
  expect(errorOf({ ...GEMMA, hidden_activation: 'gelu' }).message).toContain('hidden_activation is "gelu"');
  expect(describeConfig({ ...GEMMA, hidden_activation: null }).activation).toBe('geluTanh');
});

test('attention in both directions is refused', () => {
  const error = errorOf({ ...GEMMA, use_bidirectional_attention: true });
  expect(error.code).toBe('config-unsupported');
  expect(error.message).toContain('use_bidirectional_attention');
});
