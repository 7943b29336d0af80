import { describeDecoder } from '../decoderLayout';
import { sameWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Phi-3, Phi-3.5 and Phi-4-mini: fused projections, LongRoPE, and a rotation that may leave the end of a head alone. */
export const phi3: Architecture = {
  modelTypes: ['phi3'],
  describe(config) {
    for (const field of ['attention_bias', 'mlp_bias', 'lm_head_bias']) {
      if (config.flag(field, false))
        throw config.unsupported(field, 'the linear maps of a Phi-3 have no bias');
    }
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
