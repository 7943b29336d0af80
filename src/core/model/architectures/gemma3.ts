import type { CheckedConfig } from '../checkedConfig';
import { describeDecoder, refuseOthers, type DecoderTraits } from '../decoderLayout';
import { BRANCH_NORMS, gemmaTraits, softCapOf } from '../gemmaTraits';
import { layerWindows } from '../layerWindows';
import type { Architecture } from '../registry';
import { ropeByLayerType } from '../ropeByLayerType';

/**
 * Gemma 3, the text model: Gemma 2 without a cap on the scores, with norms on queries and keys, and with a rotation of
 * its own in the layers that have a window, five of six.
 */
export const gemma3Text: Architecture = {
  modelTypes: ['gemma3_text'],
  describe: (config) => describeText(config, { className: 'Gemma3ForCausalLM' }),
};

/** Gemma 3 with its vision tower: the text part of the checkpoint, under the name that the file has it by. */
export const gemma3: Architecture = {
  modelTypes: ['gemma3'],
  describe(config, stored) {
    const text = config.object('text_config');
    if (!text) throw config.invalid('text_config', 'an object');
    refuseOthers(config, { modelType: 'gemma3', className: 'Gemma3ForConditionalGeneration' });
    const prefixes = ['language_model.model.', 'model.language_model.'];
    const prefix = prefixes.find((each) => stored.has(`${each}embed_tokens.weight`)) ?? 'model.';
    const head = prefix === prefixes[0] ? 'language_model.lm_head.weight' : 'lm_head.weight';
    if (text.has('final_logit_softcapping')) {
      throw text.unsupported('final_logit_softcapping', 'transformers takes no notice of it in this class');
    }
    return describeText(text, { className: 'Gemma3ForCausalLM', prefix, head }, config);
  },
};

function describeText(
  config: CheckedConfig,
  place: Pick<DecoderTraits, 'className' | 'prefix' | 'head'>,
  outer = config,
): ReturnType<typeof describeDecoder> {
  if (config.has('attn_logit_softcapping')) {
    throw config.unsupported('attn_logit_softcapping', 'transformers takes no notice of it in a Gemma 3');
  }
  const window = config.orNull('sliding_window', 4096, (field) => config.count(field));
  const pattern = config.count('sliding_window_pattern', 6);
  return describeDecoder(config, {
    modelType: 'gemma3_text',
    ...place,
    fallbacks: {
      maxPositions: 131_072,
      hiddenSize: 2304,
      intermediateSize: 9216,
      layers: 26,
      heads: 8,
      kvHeads: 4,
      headDim: 256,
      vocabSize: 262_208,
    },
    // Saved files may say otherwise inside text_config: transformers 5 takes no notice of that.
    tied: outer.flag('tie_word_embeddings', true),
    activation: { field: 'hidden_activation', known: { gelu_pytorch_tanh: 'geluTanh' } },
    ...gemmaTraits(config, 2304),
    norms: BRANCH_NORMS,
    queryKeyNorm: 'head',
    attentionScale: config.positive('query_pre_attn_scalar', 256) ** -0.5,
    finalSoftCap: softCapOf(config, 'final_logit_softcapping', null),
    windows: (layers) => layerWindows(config, layers, window, (layer) => (layer + 1) % pattern !== 0),
    readRope: (_, defaults) => ropeByLayerType(config, { full: 1_000_000, sliding: 10_000 }, defaults),
  });
}
