import { expect, test } from 'vitest';
import { parseParamName } from '../../../src/core/model/paramNames';
import { describeConfig, errorOf, normsOf, shapesOf, SIZES, windowsOf } from './describe';

const TEXT = { model_type: 'gemma3_text', ...SIZES, num_hidden_layers: 7 };
const WHOLE = { model_type: 'gemma3', architectures: ['Gemma3ForConditionalGeneration'] };
const NONE = { type: 'none' };

test('norms on branches, queries and keys; no cap unless the logits have one', () => {
  const spec = describeConfig(TEXT);
  expect(normsOf(spec)).toMatchObject({
    afterMlp: ['post_feedforward_layernorm.weight', 64],
    query: ['self_attn.q_norm.weight', 256],
    key: ['self_attn.k_norm.weight', 256],
  });
  expect(spec).toMatchObject({ attentionSoftCap: null, finalSoftCap: null, embeddingScale: 8 });
  expect(describeConfig({ ...TEXT, final_logit_softcapping: 20 }).finalSoftCap).toBe(20);
  expect(errorOf({ ...TEXT, attn_logit_softcapping: 50 }).message).toContain('attn_logit_softcapping is 50');
});

test('five of six layers have a window and a rotation of their own', () => {
  const { layerKinds } = describeConfig({ ...TEXT, sliding_window: 512 });
  expect(layerKinds.map(({ window }) => window)).toEqual([512, 512, 512, 512, 512, null, 512]);
  expect(layerKinds[0]?.rope).toEqual({ theta: 10_000, scaling: NONE });
  expect(layerKinds[5]?.rope).toEqual({ theta: 1_000_000, scaling: NONE });
  const windows = windowsOf({ ...TEXT, sliding_window: 5, sliding_window_pattern: 3 });
  expect(windows).toEqual([5, 5, null, 5, 5, null, 5]);
  // transformers writes this one, beside layer_types, and never reads it.
  expect(windowsOf({ ...TEXT, sliding_window: 5, _sliding_window_pattern: 3 })[2]).toBe(5);
});

test('both spellings of the two rotations', () => {
  const older = {
    rope_theta: 7e5,
    rope_local_base_freq: 900,
    rope_scaling: { rope_type: 'linear', factor: 8 },
  };
  const newer = {
    rope_parameters: {
      full_attention: { rope_type: 'linear', factor: 8, rope_theta: 7e5 },
      sliding_attention: { rope_type: 'default', rope_theta: 900 },
    },
  };
  const { layerKinds } = describeConfig({ ...TEXT, ...older });
  expect(layerKinds[5]?.rope).toEqual({ theta: 7e5, scaling: { type: 'linear', factor: 8 } });
  expect(layerKinds[0]?.rope).toEqual({ theta: 900, scaling: NONE });
  expect(describeConfig({ ...TEXT, ...newer }).layerKinds).toEqual(layerKinds);
  expect(describeConfig({ ...TEXT, ...older, ...newer }).layerKinds).toEqual(layerKinds);
});

test('the original length of a rotation is the one beside it', () => {
  const llama3 = {
    ...{ rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
    original_max_position_embeddings: 64,
  };
  const config = { ...TEXT, original_max_position_embeddings: 32, rope_scaling: llama3 };
  expect(describeConfig(config).layerKinds[5]?.rope.scaling).toMatchObject({ originalMaxPositions: 64 });
});

test.each([
  [{ rope_parameters: { rope_theta: 5 } }, 'rope_parameters.rope_theta'],
  [{ rope_parameters: { full_attention: { rope_theta: 5 } }, rope_theta: 6 }, 'rope_theta is 6'],
  [
    { rope_parameters: { full_attention: { rope_type: 'yarn' } } },
    'rope_parameters.full_attention.rope_type',
  ],
  [{ rope_scaling: { rope_type: 'linear', factor: 2, partial_rotary_factor: 0.5 } }, 'partial_rotary_factor'],
  [{ rope_scaling: { type: 'linear', factor: 2 } }, 'rope_scaling.type'],
  [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
  [{ use_bidirectional_attention: true }, 'use_bidirectional_attention'],
])('%j is refused', (fields, part) => {
  expect(errorOf({ ...TEXT, ...fields }).message).toContain(part);
});

test('the text model inside a multimodal one, under either name, with the sizes that its config leaves out', () => {
  // As google/gemma-3-4b-it has it.
  const text = {
    hidden_size: 2560,
    intermediate_size: 10240,
    model_type: 'gemma3_text',
    num_hidden_layers: 34,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    sliding_window: 1024,
  };
  const config = { ...WHOLE, text_config: text, torch_dtype: 'bfloat16' };
  const old = describeConfig(config, new Set(['language_model.model.embed_tokens.weight']));
  expect(old).toMatchObject({ heads: 8, kvHeads: 4, headDim: 256, vocabSize: 262_208, layers: 34 });
  expect(old).toMatchObject({ modelType: 'gemma3_text', head: 'language_model.model.embed_tokens.weight' });
  const name = 'language_model.model.layers.3.self_attn.q_proj.weight';
  expect(shapesOf(old).get(name)).toEqual([2048, 2560]);
  expect(parseParamName(name)).toEqual({ layer: 3, module: 'q_proj', param: 'weight' });
  const renamed = describeConfig(config, new Set(['model.language_model.embed_tokens.weight']));
  expect(renamed.layerPrefix).toBe('model.language_model.layers.');
  const untied = { ...config, tie_word_embeddings: false };
  const stored = new Set(['language_model.model.embed_tokens.weight']);
  expect(describeConfig(untied, stored).head).toBe('language_model.lm_head.weight');
  expect(errorOf({ ...config, text_config: { ...text, hidden_size: 0 } }).message).toContain(
    'text_config.hidden_size is 0',
  );
  const capped = { ...config, text_config: { ...text, final_logit_softcapping: 30 } };
  expect(errorOf(capped).message).toContain('text_config.final_logit_softcapping is 30');
  // As transformers 5 saves an untied one.
  const inside = { ...untied, text_config: { ...text, tie_word_embeddings: true } };
  expect(describeConfig(inside, stored).head).toBe('language_model.lm_head.weight');
  expect(errorOf(WHOLE).message).toContain('text_config is missing');
  expect(errorOf({ ...config, quantization_config: {} }).message).toContain('quantization_config');
});
