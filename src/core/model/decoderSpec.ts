/**
 * What the graphs, the streaming pass and the masks need to know of a decoder-only transformer. An architecture
 * record (architectures/<model_type>.ts) makes one from a checked config.json; everything else follows from it.
 */

/** One stored weight matrix (rows = output features) inside a group that is multiplied as one product. */
export interface LinearMember {
  /** Name inside the layer, such as `self_attn.q_proj.weight`. */
  readonly param: string;
  /** The field's short name: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj. */
  readonly module: string;
  readonly rows: number;
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
    };

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
  readonly activation: 'silu';
  readonly rope: { readonly theta: number; readonly scaling: RopeScaling };
  /** Longest sequence that the checkpoint was made for. */
  readonly maxPositions: number;
  /** Input of attention, output of attention, MLP input, MLP output, in the order of the forward pass. */
  readonly groups: readonly LinearGroup[];
  /** Names inside the layer of the two RMSNorm gains. */
  readonly norms: { readonly attention: string; readonly mlp: string };
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

export function groupRows(group: LinearGroup): number {
  return group.members.reduce((sum, member) => sum + member.rows, 0);
}
