import type { CheckedConfig } from './checkedConfig';
import type {
  DecoderSpec,
  GateActivation,
  LayerKind,
  LinearGroup,
  LinearMember,
  LinearPart,
  NormGain,
  NormName,
  Rope,
} from './decoderSpec';
import { ropeOf } from './ropeConfig';

/** What an architecture says of itself; what is left out is Llama's. Its record computes this from the config. */
export interface DecoderTraits {
  readonly modelType: string;
  /** The causal language model's class, as `architectures` in config.json says it. */
  readonly className: string;
  /** What transformers' configuration class takes for a field that is missing. */
  readonly fallbacks: Fallbacks;
  /** Which linear maps have a bias. */
  readonly bias?: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** q, k, v stored as one matrix qkv_proj, and gate and up as gate_up_proj. */
  readonly fused?: boolean;
  /** Field that names the activation, and what its values mean. */
  readonly activation?: { readonly field: string; readonly known: Readonly<Record<string, GateActivation>> };
  /** Modules inside the layer; queries and keys are said apart. */
  readonly norms?: Readonly<Partial<Record<Exclude<NormName, 'query' | 'key'>, string>>>;
  readonly queryKeyNorm?: 'head' | 'projection';
  readonly normOffset?: 0 | 1;
  readonly partialRotary?: boolean;
  /** 1 / sqrt(head size) where left out. */
  readonly attentionScale?: number;
  readonly attentionSoftCap?: number | null;
  readonly finalSoftCap?: number | null;
  readonly embeddingScale?: number;
  /** Window of each layer; none where left out. */
  readonly windows?: (layers: number) => readonly (number | null)[];
  /** Where config.json has the rotation in another form. */
  readonly readRope?: typeof ropeOf;
  /** Before `layers.`, `embed_tokens.` and `norm.`; `model.` where left out. */
  readonly prefix?: string;
  readonly head?: string;
  /** Whether the head is the embedding, where `config` is not the one that says so. */
  readonly tied?: boolean;
}

interface Fallbacks {
  readonly maxPositions: number;
  readonly originalMaxPositions?: number;
  readonly headDim?: number;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly hiddenSize?: number;
  readonly intermediateSize?: number;
  readonly layers?: number;
  readonly vocabSize?: number;
  readonly normEps?: number;
  readonly tied?: boolean;
}

/** Far beyond any model; a list of layers is made from it. */
const MAX_LAYERS = 4096;
const SILU = { field: 'hidden_act', known: { silu: 'silu' } } as const;
const LLAMA_NORMS = { attention: 'input_layernorm', mlp: 'post_attention_layernorm' } as const;

/**
 * A decoder from its configuration and the traits of its architecture: attention and a gated MLP, each a branch that
 * is added to the hidden state. Sizes have no fallback unless the architecture has one: a missing one means a damaged
 * file.
 * @throws ToolError config-invalid, config-unsupported
 */
export function describeDecoder(config: CheckedConfig, traits: DecoderTraits): DecoderSpec {
  const { fallbacks } = traits;
  refuseOthers(config, traits);
  const hiddenSize = config.count('hidden_size', fallbacks.hiddenSize);
  const intermediateSize = config.count('intermediate_size', fallbacks.intermediateSize);
  const layers = layerCount(config, fallbacks.layers);
  const { heads, kvHeads, headDim } = headsOf(config, hiddenSize, fallbacks);
  const maxPositions = config.count('max_position_embeddings', fallbacks.maxPositions);
  const { rope, windowRope, rotaryDim } = (traits.readRope ?? ropeOf)(config, {
    theta: 10_000,
    headDim,
    maxPositions,
    originalMaxPositions: fallbacks.originalMaxPositions,
    partial: traits.partialRotary ?? false,
  });
  const prefix = traits.prefix ?? 'model.';
  const embedding = `${prefix}embed_tokens.weight`;
  return {
    modelType: traits.modelType,
    hiddenSize,
    layers,
    vocabSize: config.count('vocab_size', fallbacks.vocabSize),
    heads,
    kvHeads,
    headDim,
    intermediateSize,
    normEps: config.positive('rms_norm_eps', fallbacks.normEps ?? 1e-6),
    normOffset: traits.normOffset ?? 0,
    activation: activationOf(config, traits.activation ?? SILU),
    rotaryDim,
    layerKinds: layerKinds(layers, rope, windowRope ?? rope, traits.windows?.(layers) ?? []),
    attentionScale: traits.attentionScale ?? 1 / Math.sqrt(headDim),
    attentionSoftCap: traits.attentionSoftCap ?? null,
    finalSoftCap: traits.finalSoftCap ?? null,
    embeddingScale: traits.embeddingScale ?? 1,
    maxPositions,
    groups: groupsOf({ hiddenSize, intermediateSize, heads, kvHeads, headDim }, traits),
    norms: normsOf({ hiddenSize, heads, kvHeads, headDim }, traits),
    layerPrefix: `${prefix}layers.`,
    embedding,
    finalNorm: `${prefix}norm.weight`,
    head:
      (traits.tied ?? config.flag('tie_word_embeddings', fallbacks.tied ?? false))
        ? embedding
        : (traits.head ?? 'lm_head.weight'),
    dtype: config.textOf(['dtype', 'torch_dtype']),
  };
}

/** @throws ToolError config-unsupported for another class of model, attention both ways, or quantised weights */
export function refuseOthers(
  config: CheckedConfig,
  { modelType, className }: Pick<DecoderTraits, 'modelType' | 'className'>,
): void {
  const classNames = config.texts('architectures');
  if (classNames && !classNames.includes(className)) {
    throw config.unsupported('architectures', `${modelType} is known as ${className} only`);
  }
  // transformers then masks nothing (masking_utils.py), as text encoders made of decoders ask for.
  if (!config.flag('is_causal', true)) {
    throw config.unsupported('is_causal', 'a position sees what is before it only');
  }
  if (config.has('quantization_config')) {
    throw config.unsupported('quantization_config', 'weights are read as F32, F16 or BF16 only');
  }
}

function activationOf(
  config: CheckedConfig,
  { field, known }: NonNullable<DecoderTraits['activation']>,
): GateActivation {
  const names = Object.keys(known);
  const name = config.text(field, names[0]);
  const activation = Object.hasOwn(known, name) ? known[name] : undefined;
  if (activation) return activation;
  throw config.unsupported(field, `known is ${names.map((each) => `"${each}"`).join(', ')}`);
}

function layerCount(config: CheckedConfig, fallback: number | undefined): number {
  const layers = config.count('num_hidden_layers', fallback);
  if (layers > MAX_LAYERS) throw config.invalid('num_hidden_layers', `at most ${MAX_LAYERS}`);
  return layers;
}

function layerKinds(
  layers: number,
  rope: Rope,
  windowRope: Rope,
  windows: readonly (number | null)[],
): LayerKind[] {
  const known = new Map<number | null, LayerKind>([[null, { window: null, rope }]]);
  return Array.from({ length: layers }, (_, layer) => {
    const window = windows[layer] ?? null;
    const kind = known.get(window) ?? { window, rope: windowRope };
    known.set(window, kind);
    return kind;
  });
}

interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

function headsOf(config: CheckedConfig, hiddenSize: number, fallbacks: Fallbacks): Heads {
  const heads = config.count('num_attention_heads', fallbacks.heads);
  const kvHeads = config.count('num_key_value_heads', fallbacks.kvHeads ?? heads);
  if (heads % kvHeads !== 0) {
    throw config.invalid('num_key_value_heads', `a divisor of num_attention_heads, ${heads}`);
  }
  const fallback = fallbacks.headDim ?? hiddenSize / heads;
  if (!config.has('head_dim') && !Number.isInteger(fallback)) {
    throw config.invalid(
      'num_attention_heads',
      `a divisor of hidden_size, ${hiddenSize}, where head_dim is missing`,
    );
  }
  const headDim = config.count('head_dim', fallback);
  // Rotation pairs element i with i + headDim / 2.
  if (headDim % 2 !== 0)
    throw config.invalid(config.has('head_dim') ? 'head_dim' : 'hidden_size', 'an even head size');
  if (!Number.isSafeInteger(heads * headDim)) throw config.invalid('head_dim', 'a smaller number');
  return { heads, kvHeads, headDim };
}

type Sizes = Heads & Pick<DecoderSpec, 'hiddenSize' | 'intermediateSize'>;

function groupsOf(sizes: Sizes, { bias, fused = false }: DecoderTraits): LinearGroup[] {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = sizes;
  const [queryRows, keyRows] = [heads * headDim, kvHeads * headDim];
  const qkv = parts({ q_proj: queryRows, k_proj: keyRows, v_proj: keyRows });
  const gateUp = parts({ gate_proj: intermediateSize, up_proj: intermediateSize });
  const o = parts({ o_proj: hiddenSize });
  const down = parts({ down_proj: hiddenSize });
  const attention = (list: readonly LinearPart[], name: string | null, hasBias = false): LinearMember[] =>
    members('self_attn', list, name, hasBias);
  const mlp = (list: readonly LinearPart[], name: string | null): LinearMember[] =>
    members('mlp', list, name, bias?.mlp ?? false);
  return [
    { name: 'qkv', inFeatures: hiddenSize, members: attention(qkv, fused ? 'qkv_proj' : null, bias?.qkv) },
    { name: 'o', inFeatures: queryRows, members: attention(o, null, bias?.o) },
    { name: 'gateUp', inFeatures: hiddenSize, members: mlp(gateUp, fused ? 'gate_up_proj' : null) },
    { name: 'down', inFeatures: intermediateSize, members: mlp(down, null) },
  ];
}

const parts = (rows: Readonly<Record<string, number>>): LinearPart[] =>
  Object.entries(rows).map(([module, count]) => ({ module, rows: count }));

/** One stored matrix a part, or all of them in one of the name `fused`. */
function members(
  parent: string,
  list: readonly LinearPart[],
  fused: string | null,
  hasBias: boolean,
): LinearMember[] {
  const member = (module: string, rows: number): LinearMember => {
    const path = `${parent}.${module}`;
    return { param: `${path}.weight`, module, rows, ...(hasBias ? { bias: `${path}.bias` } : {}) };
  };
  if (fused === null) return list.map(({ module, rows }) => member(module, rows));
  const rows = list.reduce((sum, part) => sum + part.rows, 0);
  return [{ ...member(fused, rows), parts: list }];
}

function normsOf(
  { hiddenSize, heads, kvHeads, headDim }: Omit<Sizes, 'intermediateSize'>,
  { norms = LLAMA_NORMS, queryKeyNorm }: DecoderTraits,
): NormGain[] {
  const order = ['attention', 'afterAttention', 'mlp', 'afterMlp'] as const;
  const gains = order.flatMap((name): NormGain[] => {
    const module = norms[name];
    return module === undefined ? [] : [{ name, param: `${module}.weight`, size: hiddenSize }];
  });
  if (!queryKeyNorm) return gains;
  const size = (count: number): number => (queryKeyNorm === 'head' ? headDim : count * headDim);
  return [
    ...gains,
    { name: 'query', param: 'self_attn.q_norm.weight', size: size(heads) },
    { name: 'key', param: 'self_attn.k_norm.weight', size: size(kvHeads) },
  ];
}
