import { describeDecoder } from '../decoderLayout';
import { qwenWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Qwen2 and Qwen2.5: Llama's layout with biases on q, k and v, which no field of the configuration turns off. */
export const qwen2: Architecture = {
  modelTypes: ['qwen2'],
  describe(config) {
    return describeDecoder(config, {
      modelType: 'qwen2',
      className: 'Qwen2ForCausalLM',
      fallbacks: { maxPositions: 32_768 },
      bias: { qkv: true, o: false, mlp: false },
      windows: (layers) => qwenWindows(config, layers),
    });
  },
};
