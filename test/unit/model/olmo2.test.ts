import { expect, test } from 'vitest';
import { biasedModules, describeConfig, normsOf, shapesOf, SIZES } from './describe';

const OLMO2 = { model_type: 'olmo2', ...SIZES };

test('norms at the ends of the branches only, and over all heads of queries and of keys at once', () => {
  const spec = describeConfig(OLMO2);
  expect(normsOf(spec)).toEqual({
    afterAttention: ['post_attention_layernorm.weight', 64],
    afterMlp: ['post_feedforward_layernorm.weight', 64],
    query: ['self_attn.q_norm.weight', 64],
    key: ['self_attn.k_norm.weight', 16],
  });
  expect([...shapesOf(spec).keys()].some((name) => name.includes('input_layernorm'))).toBe(false);
  expect(spec).toMatchObject({ normEps: 1e-5, maxPositions: 2048, normOffset: 0 });
});

test('attention_bias has biases on all four maps of attention', () => {
  const biased = describeConfig({ ...OLMO2, attention_bias: true });
  expect(biasedModules(biased)).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
});
