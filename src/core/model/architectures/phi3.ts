import { describeDecoder } from '../decoderLayout';
import { sameWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Phi-3, Phi-3.5 and Phi-4-mini: fused projections, LongRoPE, and a rotation that may leave the end of a head alone. */
export const phi3: Architecture = {
  modelTypes: ['phi3'],
  describe(config) {
    const window = config.orNull('sliding_window', null, (field) => config.count(field));
    return describeDecoder(config, {
      modelType: 'phi3',
      className: 'Phi3ForCausalLM',
      fallbacks: { maxPositions: 4096, originalMaxPositions: 4096, normEps: 1e-5 },
      fused: true,
      partialRotary: true,
      windows: sameWindows(config, window),
    });
  },
};
