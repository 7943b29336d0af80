/**
 * What the graphs, the streaming pass and the masks need to know of a decoder-only transformer. An architecture
 * record (architectures/<model_type>.ts) makes one from a checked config.json; everything else follows from it.
 */

/** Rows of one canonical module: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj or down_proj. */
export interface LinearPart {
  readonly module: string;
  readonly rows: number;
}

/** One stored weight matrix (rows = output features) inside a group that is multiplied as one product. */
export interface LinearMember {
  /** Name inside the layer, such as `self_attn.q_proj.weight`. */
  readonly param: string;
  /** Last part of the name: a canonical module, or a fused one such as qkv_proj. */
  readonly module: string;
  readonly rows: number;
  /** Canonical modules of a fused matrix, in the order of its rows; left out where it is one itself. */
  readonly parts?: readonly LinearPart[];
  /** Name of the bias inside the layer, where there is one. */
  readonly bias?: string;
}

export type LinearGroupName = 'qkv' | 'o' | 'gateUp' | 'down';

/**
 * Linear maps with the same input, their weights stacked by rows: y = x W^T, W of shape (sum of rows, inFeatures).
 * q/k/v and gate/up are stacked so that one product serves them; the stack exists in memory only.
 */
export interface LinearGroup {
  readonly name: LinearGroupName;
  readonly inFeatures: number;
  readonly members: readonly LinearMember[];
}

export type RopeScaling =
  | { readonly type: 'none' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      /** Each frequency is divided by its own factor; a sequence longer than the original takes the long ones. */
      readonly type: 'longrope';
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      /** Multiplies cos and sin. */
      readonly attentionFactor: number;
      readonly originalMaxPositions: number;
    };

export interface Rope {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** How the positions of a layer see each other: what the graph gets as inputs, so that layers share one graph. */
export interface LayerKind {
  /** A position sees itself and window - 1 before it; null: all before it. */
  readonly window: number | null;
  readonly rope: Rope;
}

/**
 * RMSNorm gains of a layer: of the branches' inputs (`attention`, `mlp`), of their outputs before they are added
 * (`afterAttention`, `afterMlp`), and of queries and keys before the rotation.
 */
export type NormName = 'attention' | 'afterAttention' | 'mlp' | 'afterMlp' | 'query' | 'key';

export interface NormGain {
  readonly name: NormName;
  /** Name inside the layer, such as `input_layernorm.weight`. */
  readonly param: string;
  /** Elements that are normalised together: for queries and keys headDim (each head) or all heads at once. */
  readonly size: number;
}

/** Function of the gate: x sigmoid(x), or GELU by its tanh form. */
export type GateActivation = 'silu' | 'geluTanh';

export interface DecoderSpec {
  readonly modelType: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly normEps: number;
  /** Added to every stored norm gain: 1 where gains are kept zero-centred. */
  readonly normOffset: 0 | 1;
  readonly activation: GateActivation;
  /** Leading elements of a head that are rotated. */
  readonly rotaryDim: number;
  /** One a layer; layers of one kind share one object. */
  readonly layerKinds: readonly LayerKind[];
  /** Multiplies q k^T. */
  readonly attentionScale: number;
  /** c tanh(s / c) of the scores, before the mask; null for none. */
  readonly attentionSoftCap: number | null;
  /** The same of the logits. */
  readonly finalSoftCap: number | null;
  /** Multiplies the rows of the embedding, not of the head. */
  readonly embeddingScale: number;
  /** Longest sequence that the checkpoint was made for. */
  readonly maxPositions: number;
  /** Input of attention, output of attention, MLP input, MLP output, in the order of the forward pass. */
  readonly groups: readonly LinearGroup[];
  /** The norms that there are. A branch without one for its input takes the hidden state as it is. */
  readonly norms: readonly NormGain[];
  /** `model.layers.` + index + '.' + name inside the layer. */
  readonly layerPrefix: string;
  readonly embedding: string;
  readonly finalNorm: string;
  /** Equals `embedding` where the two are tied. */
  readonly head: string;
  /** dtype of the file as config.json says it, for information only. */
  readonly dtype: string | null;
}

/** Full Hugging Face parameter name, such as `model.layers.3.mlp.up_proj.weight`. */
export function layerParam(spec: DecoderSpec, layer: number, name: string): string {
  return `${spec.layerPrefix}${layer}.${name}`;
}

/** The kind of a layer. @throws RangeError outside the model */
export function layerKind(spec: DecoderSpec, layer: number): LayerKind {
  const kind = spec.layerKinds[layer];
  if (!kind) throw new RangeError(`There is no layer ${layer} of ${spec.layers}.`);
  return kind;
}

export const normGain = (spec: DecoderSpec, name: NormName): NormGain | undefined =>
  spec.norms.find((norm) => norm.name === name);

/** Canonical modules of a stored matrix, in the order of its rows: itself, where it is not fused. */
export const memberParts = ({ module, rows, parts }: LinearMember): readonly LinearPart[] =>
  parts ?? [{ module, rows }];

export function groupRows(group: LinearGroup): number {
  return group.members.reduce((sum, member) => sum + member.rows, 0);
}
