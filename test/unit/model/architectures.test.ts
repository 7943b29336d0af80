import { describe, expect, it } from 'vitest';
import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import type { DecoderSpec } from '../../../src/core/model/decoderSpec';
import { parameterShapes } from '../../../src/core/model/parameterShapes';
import { ARCHITECTURES, describeModel, findArchitecture } from '../../../src/core/model/registry';
import { ToolError } from '../../../src/protocol/errors';

const SIZES = {
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 3,
  num_attention_heads: 8,
  vocab_size: 100,
};
const LLAMA = { model_type: 'llama', ...SIZES };
const QWEN2 = { model_type: 'qwen2', ...SIZES };
const LLAMA3_ROPE = {
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};

const describeConfig = (config: unknown): DecoderSpec =>
  describeModel(CheckedConfig.of(config, 'x/config.json'));

function errorOf(config: unknown): ToolError {
  try {
    describeConfig(config);
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown;
    throw thrown;
  }
  throw new Error('no error');
}

describe('both spellings of config.json', () => {
  const older = {
    ...LLAMA,
    architectures: ['LlamaForCausalLM'],
    rope_theta: 500_000,
    rope_scaling: { rope_type: 'llama3', ...LLAMA3_ROPE },
    torch_dtype: 'bfloat16',
    num_key_value_heads: 2,
    transformers_version: '4.45.0',
  };
  const { rope_theta, rope_scaling, torch_dtype, ...same } = older;
  const newer = {
    ...same,
    dtype: torch_dtype,
    rope_parameters: { rope_theta, ...rope_scaling },
    transformers_version: '5.0.0',
  };

  it('say the same', () => {
    expect(describeConfig(newer)).toEqual(describeConfig(older));
    expect(describeConfig({ ...older, ...newer })).toEqual(describeConfig(older));
    expect(describeConfig(older)).toMatchObject({
      dtype: 'bfloat16',
    });
    expect(describeConfig(older).layerKinds).toHaveLength(3);
    expect(describeConfig(older).layerKinds[2]?.rope).toEqual({
      theta: 500_000,
      scaling: {
        type: 'llama3',
        factor: 32,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxPositions: 8192,
      },
    });
  });

  it.each([
    ['nothing', {}, 10_000, { type: 'none' }],
    ['null', { rope_scaling: null, rope_theta: 7 }, 7, { type: 'none' }],
    ['default', { rope_parameters: { rope_theta: 1e5, rope_type: 'default' } }, 1e5, { type: 'none' }],
    ['no type', { rope_parameters: { rope_theta: 1e5 } }, 1e5, { type: 'none' }],
    [
      'llama3, its length outside too',
      { original_max_position_embeddings: 512, rope_scaling: { rope_type: 'llama3', ...LLAMA3_ROPE } },
      10_000,
      { type: 'llama3', factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 512 },
    ],
    [
      'linear, the first key',
      { rope_scaling: { type: 'linear', factor: 2 } },
      10_000,
      { type: 'linear', factor: 2 },
    ],
    [
      'linear',
      { rope_parameters: { rope_type: 'linear', factor: 4 }, rope_theta: 5 },
      5,
      { type: 'linear', factor: 4 },
    ],
    [
      'both keys',
      { rope_scaling: { type: 'linear', rope_type: 'linear', factor: 2 } },
      10_000,
      { type: 'linear', factor: 2 },
    ],
  ])('rope: %s', (_, fields, theta, scaling) => {
    for (const config of [LLAMA, QWEN2])
      expect(describeConfig({ ...config, ...fields }).layerKinds[0]?.rope).toEqual({ theta, scaling });
  });

  it.each([
    [
      'yarn',
      { rope_scaling: { rope_type: 'yarn', factor: 4 } },
      'config-unsupported',
      'rope_scaling.rope_type is "yarn"',
    ],
    [
      'dynamic',
      { rope_scaling: { type: 'dynamic', factor: 4 } },
      'config-unsupported',
      'rope_scaling.type is "dynamic"',
    ],
    [
      'proportional',
      { rope_parameters: { rope_type: 'proportional' } },
      'config-unsupported',
      'rope_parameters.rope_type',
    ],
    ['no factor', { rope_scaling: { type: 'linear' } }, 'config-invalid', 'rope_scaling.factor is missing'],
    [
      'two types',
      { rope_scaling: { type: 'linear', rope_type: 'default' } },
      'config-invalid',
      'rope_scaling.type',
    ],
    [
      'two thetas',
      { rope_theta: 1, rope_parameters: { rope_theta: 2 } },
      'config-invalid',
      'rope_theta is 1',
    ],
    [
      'two scalings',
      { rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: {} },
      'config-invalid',
      'rope_scaling',
    ],
    ['theta 0', { rope_theta: 0 }, 'config-invalid', 'rope_theta is 0'],
    ['a list', { rope_scaling: [] }, 'config-invalid', 'rope_scaling'],
    ['partial', { partial_rotary_factor: 0.5 }, 'config-unsupported', 'partial_rotary_factor is 0.5'],
    [
      'partial inside',
      { rope_parameters: { partial_rotary_factor: 0.5 } },
      'config-unsupported',
      'rope_parameters.partial',
    ],
    [
      'for each type of layer',
      { rope_parameters: { full_attention: { rope_theta: 1e6 }, sliding_attention: { rope_theta: 1e4 } } },
      'config-unsupported',
      'rope_parameters.full_attention',
    ],
    [
      'llama3 without a length',
      { rope_scaling: { rope_type: 'llama3', ...LLAMA3_ROPE, original_max_position_embeddings: null } },
      'config-invalid',
      'rope_scaling.original_max_position_embeddings is missing',
    ],
    [
      'llama3 with equal factors',
      { rope_scaling: { rope_type: 'llama3', ...LLAMA3_ROPE, low_freq_factor: 4 } },
      'config-invalid',
      'rope_scaling.high_freq_factor is 4',
    ],
  ])('rope: %s is refused', (_, fields, code, part) => {
    const error = errorOf({ ...LLAMA, ...fields });
    expect(error.code).toBe(code);
    expect(error.message).toContain('x/config.json');
    expect(error.message).toContain(part);
  });
});

describe('Llama', () => {
  it('has the fallbacks of transformers', () => {
    expect(describeConfig(LLAMA)).toMatchObject({
      modelType: 'llama',
      kvHeads: 8,
      headDim: 8,
      normEps: 1e-6,
      maxPositions: 2048,
      head: 'lm_head.weight',
      dtype: null,
      normOffset: 0,
      embeddingScale: 1,
      attentionScale: 1 / Math.sqrt(8),
      attentionSoftCap: null,
      finalSoftCap: null,
      layerKinds: [0, 1, 2].map(() => ({ window: null, rope: { theta: 10_000, scaling: { type: 'none' } } })),
    });
    expect(describeConfig({ ...LLAMA, head_dim: null, num_key_value_heads: null })).toEqual(
      describeConfig(LLAMA),
    );
  });

  it('takes an explicit head size that is not hidden size / heads', () => {
    const spec = describeConfig({ ...LLAMA, hidden_size: 60, head_dim: 16, num_key_value_heads: 4 });
    const shapes = new Map([...parameterShapes(spec)].map(({ name, shape }) => [name, shape]));
    expect(shapes.get('model.layers.0.self_attn.q_proj.weight')).toEqual([128, 60]);
    expect(shapes.get('model.layers.0.self_attn.v_proj.weight')).toEqual([64, 60]);
    expect(shapes.get('model.layers.2.self_attn.o_proj.weight')).toEqual([60, 128]);
    expect(shapes.get('model.layers.2.mlp.down_proj.weight')).toEqual([60, 96]);
    expect(shapes.has('model.layers.3.mlp.down_proj.weight')).toBe(false);
  });

  it.each([
    [{}, []],
    [{ attention_bias: true }, ['q_proj', 'k_proj', 'v_proj', 'o_proj']],
    [{ mlp_bias: true }, ['gate_proj', 'up_proj', 'down_proj']],
  ])('biases of %j', (fields, expected) => expect(biasesOf({ ...LLAMA, ...fields })).toEqual(expected));

  it('ties the head where the config says so', () => {
    const spec = describeConfig({ ...LLAMA, tie_word_embeddings: true });
    expect(spec.head).toBe('model.embed_tokens.weight');
    expect([...parameterShapes(spec)].filter(({ name }) => name === spec.head)).toHaveLength(1);
  });

  it('ignores pretraining_tp and dropout, which change no value', () => {
    const fields = { pretraining_tp: 2, attention_dropout: 0.1, use_cache: true };
    expect(describeConfig({ ...LLAMA, ...fields })).toEqual(describeConfig(LLAMA));
  });
});

describe('Qwen2', () => {
  it('has biases on q, k and v, always', () => {
    expect(biasesOf(QWEN2)).toEqual(['q_proj', 'k_proj', 'v_proj']);
    expect(biasesOf({ ...QWEN2, attention_bias: false })).toEqual(['q_proj', 'k_proj', 'v_proj']);
    expect(describeConfig(QWEN2)).toMatchObject({ modelType: 'qwen2', maxPositions: 32_768 });
  });

  it('has windows from max_window_layers on, or where layer_types says so', () => {
    const windows = (fields: object): unknown[] =>
      describeConfig({ ...QWEN2, ...fields }).layerKinds.map(({ window }) => window);
    const unused = { use_sliding_window: false, sliding_window: 4096, max_window_layers: 1 };
    expect(windows(unused)).toEqual([null, null, null]);
    const used = { ...unused, use_sliding_window: true, sliding_window: 7 };
    expect(windows(used)).toEqual([null, 7, 7]);
    expect(windows({ ...used, max_window_layers: 0 })).toEqual([7, 7, 7]);
    expect(windows({ use_sliding_window: true })).toEqual([null, null, null]);
    const layers = ['full_attention', 'sliding_attention', 'full_attention'];
    expect(windows({ ...used, layer_types: layers })).toEqual([null, 7, null]);
    expect(errorOf({ ...QWEN2, layer_types: layers }).message).toContain('sliding_window is missing');
    expect(errorOf({ ...used, ...QWEN2, layer_types: ['full_attention'] }).message).toContain('3 entries');
    expect(errorOf({ ...QWEN2, layer_types: ['chunked_attention', 'x', 'y'] }).code).toBe(
      'config-unsupported',
    );
  });
});

describe('a config that is refused', () => {
  it.each([
    [{ hidden_act: 'gelu' }, 'config-unsupported', 'hidden_act is "gelu"'],
    [{ quantization_config: { bits: 4 } }, 'config-unsupported', 'quantization_config'],
    [{ is_causal: false }, 'config-unsupported', 'is_causal'],
    [
      { architectures: ['LlamaForSequenceClassification'] },
      'config-unsupported',
      'LlamaForSequenceClassification',
    ],
    [{ num_key_value_heads: 3 }, 'config-invalid', 'num_key_value_heads is 3'],
    [{ num_key_value_heads: 0 }, 'config-invalid', 'num_key_value_heads is 0'],
    [{ num_attention_heads: 7 }, 'config-invalid', 'num_attention_heads is 7'],
    [{ head_dim: 7 }, 'config-invalid', 'head_dim is 7'],
    [{ hidden_size: 40 }, 'config-invalid', 'even head size'],
    [{ hidden_size: 64.5 }, 'config-invalid', 'hidden_size is 64.5'],
    [{ hidden_size: '64' }, 'config-invalid', 'hidden_size is "64"'],
    [{ hidden_size: undefined }, 'config-invalid', 'hidden_size is missing'],
    [{ vocab_size: 2 ** 53 }, 'config-invalid', 'vocab_size'],
    [{ head_dim: 2 ** 52 }, 'config-invalid', 'head_dim'],
    [{ num_hidden_layers: -1 }, 'config-invalid', 'num_hidden_layers is -1'],
    [{ num_hidden_layers: 1e9 }, 'config-invalid', 'expected at most 4096'],
    [{ rms_norm_eps: 0 }, 'config-invalid', 'rms_norm_eps is 0'],
    [{ tie_word_embeddings: 'yes' }, 'config-invalid', 'tie_word_embeddings'],
    [{ attention_bias: 1 }, 'config-invalid', 'attention_bias is 1'],
    [{ model_type: null }, 'config-invalid', 'model_type is missing'],
  ])('%j', (fields, code, part) => {
    const error = errorOf({ ...LLAMA, ...fields });
    expect(error.code).toBe(code);
    expect(error.kind).toBe('input');
    expect(error.message).toContain('x/config.json');
    expect(error.message).toContain(part);
  });

  it.each([null, 5, 'x', []])('%j in the place of the object', (config) => {
    expect(errorOf(config).code).toBe('config-invalid');
  });

  it.each(['mixtral', '__proto__', 'constructor', ''])(
    'model_type %j, naming the known ones',
    (modelType) => {
      const error = errorOf({ ...LLAMA, model_type: modelType });
      expect(error.code).toBe('unknown-model-type');
      for (const { modelTypes } of ARCHITECTURES)
        for (const known of modelTypes) expect(error.mend).toContain(known);
      expect(findArchitecture(modelType)).toBeUndefined();
    },
  );
});

function biasesOf(config: unknown): string[] {
  const members = describeConfig(config).groups.flatMap((group) => group.members);
  for (const { bias, param } of members) {
    if (bias !== undefined) expect(bias).toBe(param.replace(/weight$/, 'bias'));
  }
  return members.filter(({ bias }) => bias !== undefined).map(({ module }) => module);
}
