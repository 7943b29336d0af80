import {
  groupRows,
  type DecoderSpec,
  type LinearGroup,
  type LinearGroupName,
} from '../../core/model/decoderSpec';
import { type GraphBuilder } from '../graph/graphBuilder';
import { graphError } from '../graph/graphError';
import {
  add,
  attention,
  gatedActivation,
  linear,
  reshape,
  rmsNorm,
  rotary,
  split,
  transpose,
} from '../graph/ops';
import { at, type Value } from '../graph/value';

/** Rows of a block are batch * length, sample after sample. */
export interface BlockShape {
  readonly batch: number;
  readonly length: number;
}

/** Input [rows, inFeatures] and output [rows, groupRows] (before a bias) of a stacked linear map. */
export interface LinearTap {
  readonly group: LinearGroupName;
  readonly input: Value;
  readonly output: Value;
}

/** x and y: the hidden states [rows, hidden] before and after; taps in the order of the forward pass. */
export interface DecoderBlock {
  readonly x: Value;
  readonly y: Value;
  readonly taps: readonly LinearTap[];
}

/**
 * One pre-norm decoder layer, h = x + attention(norm(x)), y = h + mlp(norm(h)).
 *
 * Inputs of the graph: `x` [rows, hidden]; for each group `weight.<group>` [groupRows, inFeatures] and, where any
 * member has a bias, `bias.<group>` [groupRows] with zeros for the members that have none; `norm.attention` and
 * `norm.mlp` [hidden]; `cos` and `sin` [length, headDim / 2]; `mask` [length, length], 0 or -inf.
 */
export function decoderBlock(
  b: GraphBuilder,
  spec: DecoderSpec,
  shape: BlockShape,
  attend: Attend = causalAttention,
): DecoderBlock {
  const { hiddenSize, headDim, intermediateSize } = spec;
  const x = b.input('x', [shape.batch * shape.length, hiddenSize]);
  const taps: LinearTap[] = [];
  const map = (name: LinearGroupName, input: Value, memberRows: readonly number[]): Value => {
    const group = checkedGroup(spec, name, memberRows);
    const rows = groupRows(group);
    const output = linear(b, input, b.input(`weight.${name}`, [rows, group.inFeatures]));
    taps.push({ group: name, input, output });
    return group.members.some((member) => member.bias !== undefined)
      ? add(b, output, b.input(`bias.${name}`, [rows]))
      : output;
  };
  const norm = (name: 'attention' | 'mlp', input: Value): Value =>
    rmsNorm(b, input, b.input(`norm.${name}`, [hiddenSize]), spec.normEps);

  const [queryRows, keyRows] = [spec.heads * headDim, spec.kvHeads * headDim];
  const qkv = map('qkv', norm('attention', x), [queryRows, keyRows, keyRows]);
  const h = add(b, x, map('o', mixPositions(b, spec, shape, qkv, attend), [hiddenSize]));
  const gateUp = map('gateUp', norm('mlp', h), [intermediateSize, intermediateSize]);
  const [gate, up] = halves(split(b, gateUp, 1, [intermediateSize, intermediateSize]));
  const y = add(b, h, map('down', gatedActivation(b, gate, up, spec.activation), [hiddenSize]));
  return { x, y, taps };
}

/** Query heads folded into the rows of their key head: q [batch, kvHeads, rep * length, headDim]; k, v rotated. */
export interface HeadTensors {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** Where positions see each other: context, of the shape of q. Decoding puts its key-value cache here. */
export type Attend = (b: GraphBuilder, heads: HeadTensors, shape: BlockShape) => Value;

/** Every position sees itself and those before it, as the input `mask` says. */
export const causalAttention: Attend = (b, { q, k, v }, { length }) => {
  const mask = b.input('mask', [length, length]);
  return attention(b, q, k, v, mask, { scale: 1 / Math.sqrt(at(k.shape, 3)) });
};

/** [rows, (heads + 2 kvHeads) headDim] -> context [rows, heads headDim]. */
function mixPositions(
  b: GraphBuilder,
  spec: DecoderSpec,
  { batch, length }: BlockShape,
  qkv: Value,
  attend: Attend,
): Value {
  const { heads, kvHeads, headDim } = spec;
  const [cos, sin] = ['cos', 'sin'].map((name) => b.input(name, [length, headDim / 2])) as [Value, Value];
  const byHead = transpose(b, reshape(b, qkv, [batch, length, heads + 2 * kvHeads, headDim]), [0, 2, 1, 3]);
  const [qk, v] = halves(split(b, byHead, 1, [heads + kvHeads, kvHeads]));
  const [q, k] = halves(split(b, rotary(b, qk, cos, sin), 1, [heads, kvHeads]));
  // Query heads of one key head are neighbours, so folding them into its rows moves nothing.
  const folded = reshape(b, q, [batch, kvHeads, (heads / kvHeads) * length, headDim]);
  const context = attend(b, { q: folded, k, v }, { batch, length });
  const unfolded = reshape(b, context, [batch, heads, length, headDim]);
  return reshape(b, transpose(b, unfolded, [0, 2, 1, 3]), [batch * length, heads * headDim]);
}

const halves = (parts: readonly Value[]): readonly [Value, Value] => [at(parts, 0), at(parts, 1)];

function checkedGroup(spec: DecoderSpec, name: LinearGroupName, memberRows: readonly number[]): LinearGroup {
  const group = spec.groups.find((candidate) => candidate.name === name);
  const rows = group?.members.map((member) => member.rows).join();
  if (group === undefined || rows !== memberRows.join()) {
    throw graphError(
      `Group ${name} of ${spec.modelType} has rows ${rows ?? 'missing'}, not ${memberRows.join()}.`,
    );
  }
  return group;
}
