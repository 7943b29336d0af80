import type { CheckedConfig } from './checkedConfig';
import type { DecoderSpec, LinearGroup, LinearMember } from './decoderSpec';
import { ropeOf } from './ropeConfig';

/** What differs between the architectures whose parameters are named and joined as Llama's are. */
export interface LlamaTraits {
  readonly modelType: string;
  /** The causal language model's class, as `architectures` in config.json says it. */
  readonly className: string;
  readonly defaultMaxPositions: number;
  /** Which linear maps have a bias. */
  readonly bias: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
}

/**
 * The decoder of Llama: RMSNorm, grouped-query attention with rotary embedding, RMSNorm, SiLU-gated MLP. Fallbacks are
 * those of transformers' configuration classes; sizes have none here, for a missing one means a damaged file.
 * @throws ToolError config-invalid, config-unsupported
 */
export function describeLlamaLayout(config: CheckedConfig, traits: LlamaTraits): DecoderSpec {
  const classNames = config.texts('architectures');
  if (classNames && !classNames.includes(traits.className)) {
    throw config.unsupported('architectures', `${traits.modelType} is known as ${traits.className} only`);
  }
  if (config.has('quantization_config')) {
    throw config.unsupported('quantization_config', 'weights are read as F32, F16 or BF16 only');
  }
  if (config.text('hidden_act', 'silu') !== 'silu') throw config.unsupported('hidden_act', 'known is "silu"');

  const hiddenSize = config.count('hidden_size');
  const intermediateSize = config.count('intermediate_size');
  const { heads, kvHeads, headDim } = headsOf(config, hiddenSize);
  const { bias } = traits;
  const groups: readonly LinearGroup[] = [
    group('qkv', hiddenSize, [
      member('self_attn', 'q_proj', heads * headDim, bias.qkv),
      member('self_attn', 'k_proj', kvHeads * headDim, bias.qkv),
      member('self_attn', 'v_proj', kvHeads * headDim, bias.qkv),
    ]),
    group('o', heads * headDim, [member('self_attn', 'o_proj', hiddenSize, bias.o)]),
    group('gateUp', hiddenSize, [
      member('mlp', 'gate_proj', intermediateSize, bias.mlp),
      member('mlp', 'up_proj', intermediateSize, bias.mlp),
    ]),
    group('down', intermediateSize, [member('mlp', 'down_proj', hiddenSize, bias.mlp)]),
  ];
  const embedding = 'model.embed_tokens.weight';
  return {
    modelType: traits.modelType,
    hiddenSize,
    layers: config.count('num_hidden_layers'),
    vocabSize: config.count('vocab_size'),
    heads,
    kvHeads,
    headDim,
    intermediateSize,
    normEps: config.positive('rms_norm_eps', 1e-6),
    activation: 'silu',
    rope: ropeOf(config, 10_000),
    maxPositions: config.count('max_position_embeddings', traits.defaultMaxPositions),
    groups,
    norms: { attention: 'input_layernorm.weight', mlp: 'post_attention_layernorm.weight' },
    layerPrefix: 'model.layers.',
    embedding,
    finalNorm: 'model.norm.weight',
    head: config.flag('tie_word_embeddings', false) ? embedding : 'lm_head.weight',
    dtype: config.has('dtype')
      ? config.text('dtype')
      : config.has('torch_dtype')
        ? config.text('torch_dtype')
        : null,
  };
}

function headsOf(
  config: CheckedConfig,
  hiddenSize: number,
): { heads: number; kvHeads: number; headDim: number } {
  const heads = config.count('num_attention_heads');
  const kvHeads = config.count('num_key_value_heads', heads);
  if (heads % kvHeads !== 0) {
    throw config.invalid('num_key_value_heads', `a divisor of num_attention_heads, ${heads}`);
  }
  if (!config.has('head_dim') && hiddenSize % heads !== 0) {
    throw config.invalid(
      'num_attention_heads',
      `a divisor of hidden_size, ${hiddenSize}, where head_dim is missing`,
    );
  }
  const headDim = config.count('head_dim', hiddenSize / heads);
  // Rotation pairs element i with i + headDim / 2.
  if (headDim % 2 !== 0)
    throw config.invalid(config.has('head_dim') ? 'head_dim' : 'hidden_size', 'an even head size');
  if (!Number.isSafeInteger(heads * headDim)) throw config.invalid('head_dim', 'a smaller number');
  return { heads, kvHeads, headDim };
}

const group = (name: LinearGroup['name'], inFeatures: number, members: LinearMember[]): LinearGroup => ({
  name,
  inFeatures,
  members,
});

function member(parent: string, module: string, rows: number, bias: boolean): LinearMember {
  const path = `${parent}.${module}`;
  return { param: `${path}.weight`, module, rows, ...(bias ? { bias: `${path}.bias` } : {}) };
}
