import { describeDecoder } from '../decoderLayout';
import { qwenWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Qwen3, dense: queries and keys are normalised head by head, and a head's size does not follow from the hidden size. */
export const qwen3: Architecture = {
  modelTypes: ['qwen3'],
  describe(config) {
    const attentionBias = config.flag('attention_bias', false);
    return describeDecoder(config, {
      modelType: 'qwen3',
      className: 'Qwen3ForCausalLM',
      fallbacks: { maxPositions: 32_768, headDim: 128 },
      bias: { qkv: attentionBias, o: attentionBias, mlp: false },
      queryKeyNorm: 'head',
      windows: (layers) => qwenWindows(config, layers),
    });
  },
};
