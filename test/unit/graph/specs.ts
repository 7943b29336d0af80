import type { DecoderSpec, LinearMember, RopeScaling } from '../../../src/core/model/decoderSpec';

export interface SpecSizes {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly theta: number;
  readonly normEps: number;
  readonly scaling?: RopeScaling;
  readonly qkvBias?: boolean;
}

/** A DecoderSpec with the Llama layout of parameters. */
export function makeSpec(sizes: SpecSizes): DecoderSpec {
  const member = (module: string, parent: string, rows: number, bias = false): LinearMember => ({
    param: `${parent}.${module}.weight`,
    module,
    rows,
    ...(bias ? { bias: `${parent}.${module}.bias` } : {}),
  });
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, qkvBias = false } = sizes;
  return {
    modelType: 'test',
    hiddenSize,
    layers: 1,
    vocabSize: 64,
    heads,
    kvHeads,
    headDim,
    intermediateSize,
    normEps: sizes.normEps,
    normOffset: 0,
    activation: 'silu',
    rotaryDim: headDim,
    layerKinds: [{ window: null, rope: { theta: sizes.theta, scaling: sizes.scaling ?? { type: 'none' } } }],
    attentionScale: 1 / Math.sqrt(headDim),
    attentionSoftCap: null,
    finalSoftCap: null,
    embeddingScale: 1,
    maxPositions: 2048,
    groups: [
      {
        name: 'qkv',
        inFeatures: hiddenSize,
        members: [
          member('q_proj', 'self_attn', heads * headDim, qkvBias),
          member('k_proj', 'self_attn', kvHeads * headDim, qkvBias),
          member('v_proj', 'self_attn', kvHeads * headDim, qkvBias),
        ],
      },
      { name: 'o', inFeatures: heads * headDim, members: [member('o_proj', 'self_attn', hiddenSize)] },
      {
        name: 'gateUp',
        inFeatures: hiddenSize,
        members: [member('gate_proj', 'mlp', intermediateSize), member('up_proj', 'mlp', intermediateSize)],
      },
      { name: 'down', inFeatures: intermediateSize, members: [member('down_proj', 'mlp', hiddenSize)] },
    ],
    norms: [
      { name: 'attention', param: 'input_layernorm.weight', size: hiddenSize },
      { name: 'mlp', param: 'post_attention_layernorm.weight', size: hiddenSize },
    ],
    layerPrefix: 'model.layers.',
    embedding: 'model.embed_tokens.weight',
    finalNorm: 'model.norm.weight',
    head: 'lm_head.weight',
    dtype: null,
  };
}
