import type { CheckedConfig } from './checkedConfig';
import type { DecoderTraits } from './decoderLayout';

/** Norms of both branches' inputs and outputs, as Gemma 2 and 3 have them. */
export const BRANCH_NORMS = {
  attention: 'input_layernorm',
  afterAttention: 'post_attention_layernorm',
  mlp: 'pre_feedforward_layernorm',
  afterMlp: 'post_feedforward_layernorm',
} as const;

/** What all Gemmas share: gains stored less 1, the embedding times sqrt(hidden size), biases by one field. */
export function gemmaTraits(
  config: CheckedConfig,
  hiddenSize?: number,
): Required<Pick<DecoderTraits, 'bias' | 'normOffset' | 'embeddingScale'>> {
  if (config.flag('use_bidirectional_attention', false)) {
    throw config.unsupported('use_bidirectional_attention', 'a position sees what is before it only');
  }
  const bias = config.flag('attention_bias', false);
  return {
    bias: { qkv: bias, o: bias, mlp: false },
    normOffset: 1,
    embeddingScale: Math.sqrt(config.count('hidden_size', hiddenSize)),
  };
}

/** A soft cap: a positive number, or null for none. */
export const softCapOf = (config: CheckedConfig, field: string, fallback: number | null): number | null =>
  config.orNull(field, fallback, () => config.positive(field));
