import { describeDecoder } from '../decoderLayout';
import { gemmaTraits } from '../gemmaTraits';
import type { Architecture } from '../registry';

/** Gemma 1. Its first files say "gelu" and mean the tanh form, as transformers reads them. */
export const gemma: Architecture = {
  modelTypes: ['gemma'],
  describe(config) {
    const known = { gelu_pytorch_tanh: 'geluTanh', gelu: 'geluTanh' } as const;
    if (config.has('hidden_activation') && config.text('hidden_activation') !== 'gelu_pytorch_tanh') {
      throw config.unsupported('hidden_activation', 'known is "gelu_pytorch_tanh"');
    }
    return describeDecoder(config, {
      modelType: 'gemma',
      className: 'GemmaForCausalLM',
      fallbacks: { maxPositions: 8192, headDim: 256, kvHeads: 16, tied: true },
      activation: { field: 'hidden_act', known },
      ...gemmaTraits(config),
    });
  },
};
