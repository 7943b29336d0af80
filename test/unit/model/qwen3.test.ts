import { expect, test } from 'vitest';
import { biasedModules, describeConfig, normsOf, shapesOf, SIZES, windowsOf } from './describe';

const QWEN3 = { model_type: 'qwen3', ...SIZES };

test('queries and keys are normalised head by head, and heads are 128 wide where nothing is said', () => {
  const spec = describeConfig(QWEN3);
  expect(spec).toMatchObject({ headDim: 128, maxPositions: 32_768, normOffset: 0 });
  expect(normsOf(spec)).toEqual({
    attention: ['input_layernorm.weight', 64],
    mlp: ['post_attention_layernorm.weight', 64],
    query: ['self_attn.q_norm.weight', 128],
    key: ['self_attn.k_norm.weight', 128],
  });
  const shapes = shapesOf(describeConfig({ ...QWEN3, head_dim: 16 }));
  expect(shapes.get('model.layers.1.self_attn.q_proj.weight')).toEqual([128, 64]);
  expect(shapes.get('model.layers.1.self_attn.k_norm.weight')).toEqual([16]);
});

test('attention_bias has biases on all four maps of attention', () => {
  expect(biasedModules(describeConfig(QWEN3))).toEqual([]);
  const biased = describeConfig({ ...QWEN3, attention_bias: true });
  expect(biasedModules(biased)).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
});

test('windows as in Qwen2', () => {
  expect(windowsOf({ ...QWEN3, sliding_window: 8 })).toEqual([null, null, null]);
  const used = { use_sliding_window: true, sliding_window: 8, max_window_layers: 2 };
  expect(windowsOf({ ...QWEN3, ...used })).toEqual([null, null, 8]);
});
