import {
  groupRows,
  memberParts,
  normGain,
  type DecoderSpec,
  type LinearGroup,
  type LinearGroupName,
  type NormName,
} from '../../core/model/decoderSpec';
import { type GraphBuilder } from '../graph/graphBuilder';
import { graphError } from '../graph/graphError';
import {
  add,
  attention,
  concat,
  gatedActivation,
  linear,
  reshape,
  rmsNorm,
  rotary,
  split,
  transpose,
  type AttentionOptions,
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

/** What takes the place of a linear map's output: where an adapter adds to it. */
export type Adapt = (b: GraphBuilder, tap: LinearTap) => Value;

/** x and y: the hidden states [rows, hidden] before and after; taps in the order of the forward pass. */
export interface DecoderBlock {
  readonly x: Value;
  readonly y: Value;
  readonly taps: readonly LinearTap[];
}

/**
 * One decoder layer, h = x + norm(attention(norm(x))), y = h + norm(mlp(norm(h))), with the norms that the spec has.
 *
 * Inputs of the graph: `x` [rows, hidden]; for each group `weight.<group>` [groupRows, inFeatures] and, where any
 * member has a bias, `bias.<group>` [groupRows] with zeros for the members that have none; for each norm
 * `norm.<name>` [size], the spec's offset added already; `cos` and `sin` [length, rotaryDim / 2]; `mask`
 * [length, length], 0 or -inf. Layers of one model share the graph: windows and rotations are in mask and tables.
 * `scale` multiplies the products of a group, before a bias.
 */
export function decoderBlock(
  b: GraphBuilder,
  spec: DecoderSpec,
  shape: BlockShape,
  attend: Attend = causalAttention,
  scale: (group: LinearGroupName) => number = () => 1,
  adapt: Adapt = (_, { output }) => output,
): DecoderBlock {
  const { hiddenSize, headDim, intermediateSize } = spec;
  const rows = shape.batch * shape.length;
  const x = b.input('x', [rows, hiddenSize]);
  const taps: LinearTap[] = [];
  const map = (name: LinearGroupName, input: Value, memberRows: readonly number[]): Value => {
    const group = checkedGroup(spec, name, memberRows);
    const outFeatures = groupRows(group);
    const weight = b.input(`weight.${name}`, [outFeatures, group.inFeatures]);
    const output = linear(b, input, weight, scale(name));
    taps.push({ group: name, input, output });
    const adapted = adapt(b, { group: name, input, output });
    return group.members.some((member) => member.bias !== undefined)
      ? add(b, adapted, b.input(`bias.${name}`, [outFeatures]))
      : adapted;
  };
  // Heads are normalised one by one where the gain is as long as one.
  const norm = (name: NormName, input: Value): Value => {
    const gain = normGain(spec, name);
    if (!gain) return input;
    const groups = reshape(b, input, [(rows * at(input.shape, 1)) / gain.size, gain.size]);
    const normed = rmsNorm(b, groups, b.input(`norm.${name}`, [gain.size]), spec.normEps);
    return reshape(b, normed, input.shape);
  };
  const normQueryKey = (qkv: Value): Value => {
    if (!normGain(spec, 'query') && !normGain(spec, 'key')) return qkv;
    const [q, k, v] = split(b, qkv, 1, [queryRows, keyRows, keyRows]) as [Value, Value, Value];
    return concat(b, [norm('query', q), norm('key', k), v], 1);
  };

  const [queryRows, keyRows] = [spec.heads * headDim, spec.kvHeads * headDim];
  const qkv = normQueryKey(map('qkv', norm('attention', x), [queryRows, keyRows, keyRows]));
  const mixed = map('o', mixPositions(b, spec, shape, qkv, attend), [hiddenSize]);
  const h = add(b, x, norm('afterAttention', mixed));
  const gateUp = map('gateUp', norm('mlp', h), [intermediateSize, intermediateSize]);
  const [gate, up] = halves(split(b, gateUp, 1, [intermediateSize, intermediateSize]));
  const mlp = map('down', gatedActivation(b, gate, up, spec.activation), [hiddenSize]);
  const y = add(b, h, norm('afterMlp', mlp));
  return { x, y, taps };
}

/** Query heads folded into the rows of their key head: q [batch, kvHeads, rep * length, headDim]; k, v rotated. */
export interface HeadTensors {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** The shape, and what the model does to its scores: the caller passes both on to `attention`. */
export type AttendOptions = BlockShape & AttentionOptions;

/** Where positions see each other: context, of the shape of q. Decoding puts its key-value cache here. */
export type Attend = (b: GraphBuilder, heads: HeadTensors, options: AttendOptions) => Value;

/** Positions see each other as the input `mask` says. */
export const causalAttention: Attend = (b, { q, k, v }, { length, ...options }) =>
  attention(b, q, k, v, b.input('mask', [length, length]), options);

/** [rows, (heads + 2 kvHeads) headDim] -> context [rows, heads headDim]. */
function mixPositions(
  b: GraphBuilder,
  spec: DecoderSpec,
  { batch, length }: BlockShape,
  qkv: Value,
  attend: Attend,
): Value {
  const { heads, kvHeads, headDim, rotaryDim } = spec;
  const [cos, sin] = ['cos', 'sin'].map((name) => b.input(name, [length, rotaryDim / 2])) as [Value, Value];
  const byHead = transpose(b, reshape(b, qkv, [batch, length, heads + 2 * kvHeads, headDim]), [0, 2, 1, 3]);
  const [qk, v] = halves(split(b, byHead, 1, [heads + kvHeads, kvHeads]));
  const [q, k] = halves(split(b, rotate(b, qk, cos, sin, rotaryDim), 1, [heads, kvHeads]));
  // Query heads of one key head are neighbours, so folding them into its rows moves nothing.
  const folded = reshape(b, q, [batch, kvHeads, (heads / kvHeads) * length, headDim]);
  const context = attend(
    b,
    { q: folded, k, v },
    {
      batch,
      length,
      scale: spec.attentionScale,
      softCap: spec.attentionSoftCap,
    },
  );
  const unfolded = reshape(b, context, [batch, heads, length, headDim]);
  return reshape(b, transpose(b, unfolded, [0, 2, 1, 3]), [batch * length, heads * headDim]);
}

/** x [batch, heads, length, headDim]. The rest of a head, past `rotaryDim`, stays as it is. */
export function rotate(b: GraphBuilder, x: Value, cos: Value, sin: Value, rotaryDim: number): Value {
  const headDim = at(x.shape, 3);
  if (rotaryDim === headDim) return rotary(b, x, cos, sin);
  const [turned, kept] = halves(split(b, x, 3, [rotaryDim, headDim - rotaryDim]));
  return concat(b, [rotary(b, turned, cos, sin), kept], 3);
}

const halves = (parts: readonly Value[]): readonly [Value, Value] => [at(parts, 0), at(parts, 1)];

function checkedGroup(spec: DecoderSpec, name: LinearGroupName, memberRows: readonly number[]): LinearGroup {
  const group = spec.groups.find((candidate) => candidate.name === name);
  const rows = group?.members.flatMap((member) => memberParts(member).map((part) => part.rows)).join();
  if (group === undefined || rows !== memberRows.join()) {
    throw graphError(
      `Group ${name} of ${spec.modelType} has rows ${rows ?? 'missing'}, not ${memberRows.join()}.`,
    );
  }
  return group;
}
