import { describeDecoder } from '../decoderLayout';
import { sameWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Mistral 7B and what shares its configuration: Llama's layout, every layer with the window or, by null, none. */
export const mistral: Architecture = {
  modelTypes: ['mistral'],
  describe(config) {
    const window = config.orNull('sliding_window', 4096, (field) => config.count(field));
    return describeDecoder(config, {
      modelType: 'mistral',
      className: 'MistralForCausalLM',
      fallbacks: { maxPositions: 131_072, kvHeads: 8 },
      windows: sameWindows(config, window),
    });
  },
};
