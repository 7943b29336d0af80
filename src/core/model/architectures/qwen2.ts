import { describeLlamaLayout } from '../llamaLayout';
import type { Architecture } from '../registry';

/** Qwen2 and Qwen2.5: Llama's layout with biases on q, k and v, which no field of the configuration turns off. */
export const qwen2: Architecture = {
  modelTypes: ['qwen2'],
  describe(config) {
    if (config.flag('use_sliding_window', false)) {
      throw config.unsupported('use_sliding_window', 'every layer attends to the whole sequence');
    }
    if (config.texts('layer_types')?.some((type) => type !== 'full_attention')) {
      throw config.unsupported('layer_types', 'known is "full_attention"');
    }
    return describeLlamaLayout(config, {
      modelType: 'qwen2',
      className: 'Qwen2ForCausalLM',
      defaultMaxPositions: 32_768,
      bias: { qkv: true, o: false, mlp: false },
    });
  },
};
