import { memberParts, type DecoderSpec, type LinearMember } from './decoderSpec';

export interface ParamName {
  /** From 0; null outside the layers, as for `lm_head.weight`. */
  readonly layer: number | null;
  /** Last part of the module's path, such as q_proj, input_layernorm, embed_tokens. */
  readonly module: string;
  readonly param: 'weight' | 'bias';
}

// A text model inside a multimodal one: model.language_model. or language_model.model. before what others have.
const PREFIX = String.raw`^(?:model\.|model\.language_model\.|language_model\.model\.)`;
const IN_LAYER = new RegExp(PREFIX + String.raw`layers\.(0|[1-9]\d{0,5})\.(?:\w+\.)*?(\w+)\.(weight|bias)$`);
const OUTSIDE = new RegExp(PREFIX + String.raw`?(?:language_model\.)?(\w+)\.(weight|bias)$`);

/** `model.layers.12.self_attn.q_proj.weight` -> layer 12, q_proj, weight; null where the name is not of this form. */
export function parseParamName(name: string): ParamName | null {
  const inLayer = IN_LAYER.exec(name);
  const [, module, param] = inLayer?.slice(1) ?? OUTSIDE.exec(name) ?? [];
  if (module === undefined || (param !== 'weight' && param !== 'bias')) return null;
  return { layer: inLayer ? Number(inLayer[1]) : null, module, param };
}

/** How a weight matrix divides into heads: index i along `axis` belongs to head floor(i / headDim). */
export interface HeadLayout {
  readonly axis: 'rows' | 'columns';
  /** Under grouped-query attention k and v have fewer heads than q and o. */
  readonly kind: 'query' | 'keyValue';
  readonly heads: number;
  readonly headDim: number;
}

/** q_proj, k_proj and v_proj make heads by rows, o_proj takes them by columns; null for a module without heads. */
export function headLayout(spec: DecoderSpec, module: string): HeadLayout | null {
  const query = { kind: 'query', heads: spec.heads, headDim: spec.headDim } as const;
  switch (module) {
    case 'q_proj':
      return { axis: 'rows', ...query };
    case 'k_proj':
    case 'v_proj':
      return { axis: 'rows', kind: 'keyValue', heads: spec.kvHeads, headDim: spec.headDim };
    case 'o_proj':
      return { axis: 'columns', ...query };
    default:
      return null;
  }
}

/** A row of a stored matrix as the row of the canonical module that it belongs to: of q_proj in a fused qkv_proj. */
export interface CanonicalRow {
  readonly module: string;
  readonly row: number;
}

/** @throws RangeError where the matrix has no such row */
export function canonicalRow(member: LinearMember, row: number): CanonicalRow {
  let first = 0;
  for (const part of memberParts(member)) {
    if (row >= first && row < first + part.rows) return { module: part.module, row: row - first };
    first += part.rows;
  }
  throw new RangeError(`${member.param} has no row ${row}`);
}

/** Head of row (q, k, v) or column (o) `index`, counted among the heads of its own kind. */
export function headAt(layout: HeadLayout, index: number): number {
  const head = Math.floor(index / layout.headDim);
  if (index < 0 || head >= layout.heads) throw new RangeError(`${layout.axis} have no index ${index}`);
  return head;
}

/** The key/value head that a query head reads: consecutive query heads share one. */
export function keyValueHeadOf(spec: DecoderSpec, queryHead: number): number {
  return Math.floor(queryHead / (spec.heads / spec.kvHeads));
}

/**
 * Row of k_proj or v_proj behind index i of the repeated space heads * headDim, in which each key/value head stands
 * once for every query head that reads it: floor(i / (d r)) d + i mod d, with d = headDim, r = heads / kvHeads (T21).
 */
export function keyValueRowOfRepeated(spec: DecoderSpec, index: number): number {
  const { headDim } = spec;
  return keyValueHeadOf(spec, Math.floor(index / headDim)) * headDim + (index % headDim);
}
