import { describeDecoder } from '../decoderLayout';
import type { Architecture } from '../registry';

/** Llama 1 to 3 and what shares their configuration, such as SmolLM2. `pretraining_tp` changes no value: ignored. */
export const llama: Architecture = {
  modelTypes: ['llama'],
  describe(config) {
    const attentionBias = config.flag('attention_bias', false);
    return describeDecoder(config, {
      modelType: 'llama',
      className: 'LlamaForCausalLM',
      fallbacks: { maxPositions: 2048 },
      bias: { qkv: attentionBias, o: attentionBias, mlp: config.flag('mlp_bias', false) },
    });
  },
};
