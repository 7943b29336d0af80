import { CheckedConfig } from '../../src/core/model/checkedConfig';
import type { DecoderSpec } from '../../src/core/model/decoderSpec';
import { describeModel } from '../../src/core/model/registry';

const SIZES = {
  hidden_size: 24,
  intermediate_size: 32,
  num_hidden_layers: 1,
  vocab_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_parameters: { rope_type: 'default', rope_theta: 1000 },
};
const GEMMA = { head_dim: 8, hidden_activation: 'gelu_pytorch_tanh', query_pre_attn_scalar: 20 };

/** The configurations of test/oracles/families_goldens.py. */
const CONFIGS: Readonly<Record<string, object>> = {
  qwen3: { model_type: 'qwen3', head_dim: 8, attention_bias: true },
  'mistral.window': { model_type: 'mistral', head_dim: 8, sliding_window: 3 },
  gemma: { model_type: 'gemma', head_dim: 8 },
  'gemma2.capped': { model_type: 'gemma2', ...GEMMA, attn_logit_softcapping: 1.2, sliding_window: 4 },
  'gemma3.window': { model_type: 'gemma3_text', ...GEMMA, sliding_window: 3, rope_parameters: null },
  'phi3.partial': {
    model_type: 'phi3',
    num_attention_heads: 3,
    num_key_value_heads: 1,
    original_max_position_embeddings: 16,
    rope_parameters: {
      rope_type: 'longrope',
      rope_theta: 1000,
      partial_rotary_factor: 0.5,
      short_factor: [1, 1.5],
      long_factor: [2, 7],
    },
  },
  olmo2: { model_type: 'olmo2', num_attention_heads: 6, num_key_value_heads: 3, attention_bias: true },
};

/** Specs as the architecture records make them from config.json. */
export const FAMILY_LAYERS: Readonly<Record<string, DecoderSpec>> = Object.fromEntries(
  Object.entries(CONFIGS).map(([name, config]) => [
    name,
    describeModel(CheckedConfig.of({ ...SIZES, ...config }, `${name}/config.json`)),
  ]),
);
