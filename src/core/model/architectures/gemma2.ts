import { describeDecoder } from '../decoderLayout';
import { BRANCH_NORMS, gemmaTraits, softCapOf } from '../gemmaTraits';
import { layerWindows } from '../layerWindows';
import type { Architecture } from '../registry';

/** Gemma 2: norms around both branches, soft caps on scores and logits, every other layer with a window. */
export const gemma2: Architecture = {
  modelTypes: ['gemma2'],
  describe(config) {
    const window = config.orNull('sliding_window', 4096, (field) => config.count(field));
    return describeDecoder(config, {
      modelType: 'gemma2',
      className: 'Gemma2ForCausalLM',
      fallbacks: { maxPositions: 8192, headDim: 256, kvHeads: 4, tied: true },
      activation: { field: 'hidden_activation', known: { gelu_pytorch_tanh: 'geluTanh' } },
      ...gemmaTraits(config),
      norms: BRANCH_NORMS,
      attentionScale: config.positive('query_pre_attn_scalar', 256) ** -0.5,
      attentionSoftCap: softCapOf(config, 'attn_logit_softcapping', 50),
      finalSoftCap: softCapOf(config, 'final_logit_softcapping', 30),
      windows: (layers) => layerWindows(config, layers, window, (layer) => layer % 2 === 0),
    });
  },
};
