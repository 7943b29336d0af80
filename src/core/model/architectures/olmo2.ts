import { describeDecoder } from '../decoderLayout';
import type { Architecture } from '../registry';

/** OLMo 2: branches are normalised at their ends only, queries and keys over all heads at once. */
export const olmo2: Architecture = {
  modelTypes: ['olmo2'],
  describe(config) {
    const bias = config.flag('attention_bias', false);
    return describeDecoder(config, {
      modelType: 'olmo2',
      className: 'Olmo2ForCausalLM',
      fallbacks: { maxPositions: 2048, normEps: 1e-5 },
      bias: { qkv: bias, o: bias, mlp: false },
      norms: { afterAttention: 'post_attention_layernorm', afterMlp: 'post_feedforward_layernorm' },
      queryKeyNorm: 'projection',
    });
  },
};
