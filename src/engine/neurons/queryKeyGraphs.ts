/**
 * Importance of query and key neurons: how the softmax of a head changes when one row of q_proj or k_proj (and its
 * bias) is off. Removing the row before norm and rotation changes a head's scores s = scale q~ k~^T by
 *
 *   s' = ratio (s - D),   D = scale sum over c = 1, 2 of a_c b_c^T,
 *
 * D of rank 2, since a rotation mixes an element with one partner only, and `ratio` the factor by which a q/k norm
 * grows without the element (1 where there is none): of the query's row, or of the key's column. So all neurons of a
 * head are products of (length, 2) with (2, length), never passes of their own.
 *
 * Heads are laid out as (key/value head g, element of the head n, query head r of the group). Rows go in blocks of
 * BLOCK_ROWS, each with the columns that it sees: half of T x T is behind the mask.
 */
import { normGain, type DecoderSpec } from '../../core/model/decoderSpec';
import type { NeuronMode } from '../../core/methods/safeNeuron';
import { rotate } from '../blocks/decoderBlock';
import { GraphBuilder } from '../graph/graphBuilder';
import {
  add,
  concat,
  div,
  matMul,
  maximum,
  mul,
  neg,
  reduceMax,
  reduceSum,
  reshape,
  rmsNorm,
  slice,
  softCap,
  softmax,
  sqrt,
  sub,
  transpose,
  window,
  zeros,
} from '../graph/ops';
import { at, type Value } from '../graph/value';

export type Side = 'q' | 'k';

/**
 * Scores so far below the largest of their row count as that far: e^-80 is lost beside 1. Of less (-inf behind the mask)
 * the runtime's softmax makes denormal numbers, which cost more than all other numbers together.
 */
const NEGLIGIBLE = 80;

function flooredSoftmax(b: GraphBuilder, scores: Value): Value {
  const floor = sub(b, reduceMax(b, scores, [-1], true), b.scalar(NEGLIGIBLE));
  return softmax(b, maximum(b, scores, floor), -1);
}

/** Lengths are multiples of it. */
export const BLOCK_ROWS = 8;

/** Whether a norm of queries or keys takes all heads together: then one neuron changes every head. */
export const normsAllHeads = (spec: DecoderSpec, side: Side): boolean =>
  (normGain(spec, side === 'q' ? 'query' : 'key')?.size ?? 0) > spec.headDim;

const hasNorm = (spec: DecoderSpec, side: Side): boolean =>
  normGain(spec, side === 'q' ? 'query' : 'key') !== undefined;

/** Components of D: a rotation pairs two elements; the released code takes one element after it. */
export const components = (mode: NeuronMode): 1 | 2 => (mode === 'paper' ? 2 : 1);

/** The released code knows no norm of its own: what it removes is an element of the rotated head. */
export const hasRatio = (spec: DecoderSpec, mode: NeuronMode, side: Side): boolean =>
  mode === 'paper' && hasNorm(spec, side);

/** Cap the scores after the removal; the released code removes from scores that are capped already. */
export const capsLater = (spec: DecoderSpec, mode: NeuronMode): boolean =>
  mode === 'paper' && spec.attentionSoftCap !== null;

/**
 * Once a sample and layer. Inputs: qk [T, (heads + kvHeads) headDim], queries and keys before norm and rotation; the
 * norms' gains, cos, sin, mask as of the block; `others.head` [d, d], `others.heads.q|k` [n, n]: 1 less the identity.
 *
 * Outputs, B the blocks of rows, of b = BLOCK_ROWS each: scores [B, G, 1, R, b, T] (masked, unless they are capped
 * later) and probabilities of the same shape; for a side: left.<side> [B, G, d, R, b, C] and right.<side>
 * [G, d, 1, C, T], so that D = left right; ratio.q [B, G, d, R, b, 1], ratio.k [G, d, 1, 1, T]; with a norm over all
 * heads across.q [B, 1, heads d, 1, b, 1].
 */
export function prepareGraph(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): GraphBuilder {
  const b = new GraphBuilder('queryKeyNeurons');
  const { heads, kvHeads, headDim, rotaryDim, attentionScale: scale, attentionSoftCap: cap } = spec;
  const repeat = heads / kvHeads;
  const qk = b.input('qk', [length, (heads + kvHeads) * headDim]);
  const [cos, sin] = ['cos', 'sin'].map((name) => b.input(name, [length, rotaryDim / 2])) as [Value, Value];
  const mask = b.input('mask', [length, length]);
  const raw = {
    q: slice(b, qk, 1, 0, heads * headDim),
    k: slice(b, qk, 1, heads * headDim, (heads + kvHeads) * headDim),
  };
  /** [1, n, T, d] after the norm, before and after the rotation. */
  const headsOf = (side: Side, n: number): { readonly normed: Value; readonly turned: Value } => {
    const gain = normGain(spec, side === 'q' ? 'query' : 'key');
    const groups = gain && reshape(b, raw[side], [(length * n * headDim) / gain.size, gain.size]);
    const y = groups
      ? rmsNorm(b, groups, b.input(`norm.${gain.name}`, [gain.size]), spec.normEps)
      : raw[side];
    const normed = transpose(b, reshape(b, y, [1, length, n, headDim]), [0, 2, 1, 3]);
    return { normed, turned: rotate(b, normed, cos, sin, rotaryDim) };
  };
  const q = headsOf('q', heads);
  const k = headsOf('k', kvHeads);
  const folded = reshape(b, q.turned, [kvHeads, repeat * length, headDim]);
  const keys = reshape(b, k.turned, [kvHeads, length, headDim]);
  const products = matMul(b, folded, keys, { transB: true, alpha: scale });
  const raws = reshape(b, products, [kvHeads, repeat, length, length]);
  const masked = add(b, softCap(b, raws, cap), mask);
  const blocks = length / BLOCK_ROWS;
  const inBlocks = (x: Value): Value => {
    const cut = reshape(b, x, [kvHeads, repeat, blocks, BLOCK_ROWS, length]);
    const shape = [blocks, kvHeads, 1, repeat, BLOCK_ROWS, length];
    return reshape(b, transpose(b, cut, [2, 0, 1, 3, 4]), shape);
  };
  b.output('scores', inBlocks(capsLater(spec, mode) ? raws : masked));
  b.output('probabilities', inBlocks(flooredSoftmax(b, masked)));

  const left = (parts: readonly Value[]): Value => {
    const stacked = stack(b, parts, [kvHeads, repeat, blocks, BLOCK_ROWS, headDim]);
    return transpose(b, stacked, [2, 0, 4, 1, 3, 5]);
  };
  const right = (parts: readonly Value[]): Value => {
    const stacked = stack(b, parts, [kvHeads, length, headDim]);
    const turned = transpose(b, stacked, [0, 2, 3, 1]);
    return reshape(b, turned, [kvHeads, headDim, 1, parts.length, length]);
  };
  const scaled = (x: Value): Value => mul(b, x, b.scalar(scale));
  if (mode === 'code') {
    // One shared list for q and k; the product is not scaled, as the scores are (T20).
    b.output('left.q', left([q.turned]));
    b.output('right.q', right([k.turned]));
    return b;
  }
  const tables = { cos, sin, rotaryDim };
  if (sides.includes('q')) {
    b.output('left.q', left(removed(b, q.normed, tables).map(scaled)));
    b.output('right.q', right(partners(b, k.turned, rotaryDim)));
  }
  if (sides.includes('k')) {
    b.output('left.k', left(partners(b, q.turned, rotaryDim).map(scaled)));
    b.output('right.k', right(removed(b, k.normed, tables)));
  }
  for (const side of sides.filter((candidate) => hasNorm(spec, candidate)))
    addRatio(b, spec, side, raw[side]);
  return b;
}

/** [..., d] values of as many elements as `shape` has -> [...shape, parts]. */
function stack(b: GraphBuilder, parts: readonly Value[], shape: readonly number[]): Value {
  return concat(
    b,
    parts.map((part) => reshape(b, part, [...shape, 1])),
    shape.length,
  );
}

interface Tables {
  readonly cos: Value;
  readonly sin: Value;
  readonly rotaryDim: number;
}

/**
 * What element n contributes to the rotated head, at the pair's first and at its second place: for n in the first
 * half (y cos, y sin), in the second (-y sin, y cos), past the rotation (y, 0).
 */
function removed(b: GraphBuilder, y: Value, { cos, sin, rotaryDim }: Tables): Value[] {
  const { lower, upper, rest } = pieces(b, y, rotaryDim);
  const join = (first: Value, second: Value, last: Value | null): Value =>
    concat(b, last ? [first, second, last] : [first, second], 3);
  return [
    join(mul(b, lower, cos), neg(b, mul(b, upper, sin)), rest),
    join(mul(b, lower, sin), mul(b, upper, cos), rest && zeros(b, rest.shape)),
  ];
}

/** What element n of the other side meets: the rotated head at the pair's first and at its second place. */
function partners(b: GraphBuilder, turned: Value, rotaryDim: number): Value[] {
  const { lower, upper, rest } = pieces(b, turned, rotaryDim);
  return [lower, upper].map((half) => concat(b, rest ? [half, half, rest] : [half, half], 3));
}

function pieces(
  b: GraphBuilder,
  x: Value,
  rotaryDim: number,
): { readonly lower: Value; readonly upper: Value; readonly rest: Value | null } {
  const width = at(x.shape, 3);
  return {
    lower: slice(b, x, 3, 0, rotaryDim / 2),
    upper: slice(b, x, 3, rotaryDim / 2, rotaryDim),
    rest: rotaryDim < width ? slice(b, x, 3, rotaryDim, width) : null,
  };
}

/**
 * sqrt((mean of all x^2 + eps) / (mean without x_n^2 + eps)) of every element: the sum without it is added up from
 * the others, since a difference would lose all digits where one element outweighs the rest.
 */
function addRatio(b: GraphBuilder, spec: DecoderSpec, side: Side, raw: Value): void {
  const { headDim, kvHeads, heads, normEps } = spec;
  const length = at(raw.shape, 0);
  const size = normGain(spec, side === 'q' ? 'query' : 'key')?.size ?? headDim;
  const together = size / headDim;
  const n = side === 'q' ? heads : kvHeads;
  const grouped = reshape(b, raw, [(length * n) / together, together, headDim]);
  const squares = mul(b, grouped, grouped);
  const besides = b.inputs.get('others.head') ?? b.input('others.head', [headDim, headDim]);
  const withinHead = matMul(b, squares, besides);
  const others =
    together === 1
      ? withinHead
      : add(
          b,
          withinHead,
          matMul(b, b.input(`others.heads.${side}`, [together, together]), reduceSum(b, squares, [2], true)),
        );
  const mean = (sum: Value): Value => add(b, mul(b, sum, b.scalar(1 / size)), b.scalar(normEps));
  const ratio = sqrt(b, div(b, mean(add(b, others, squares)), mean(others)));
  const byHead = transpose(b, reshape(b, ratio, [length, n, headDim]), [1, 2, 0]);
  if (side === 'k') {
    b.output('ratio.k', reshape(b, byHead, [kvHeads, headDim, 1, 1, length]));
    return;
  }
  const [blocks, repeat] = [length / BLOCK_ROWS, heads / kvHeads];
  const byGroup = reshape(b, byHead, [kvHeads, repeat, headDim, blocks, BLOCK_ROWS]);
  const laidOut = transpose(b, byGroup, [3, 0, 2, 1, 4]);
  b.output('ratio.q', reshape(b, laidOut, [blocks, kvHeads, headDim, repeat, BLOCK_ROWS, 1]));
  if (together === 1) return;
  const inBlocks = transpose(b, reshape(b, byHead, [heads * headDim, blocks, BLOCK_ROWS]), [1, 0, 2]);
  b.output('across.q', reshape(b, inBlocks, [blocks, 1, heads * headDim, 1, BLOCK_ROWS, 1]));
}

export interface ChangeOptions {
  /** left and right are there: the neuron is of the head whose scores these are. */
  readonly own: boolean;
  /** Whose norm rescales the scores: `q` row by row, `k` column by column. */
  readonly ratio: Side | null;
  /** null: scores are capped and masked already. */
  readonly softCap: number | null;
}

/**
 * change [g, n, r, 1, 1]: sum over the marked rows of a block of (softmax(s') - softmax(s))^2. Inputs of any extents:
 * scores and probabilities [g, 1, r, b, T], left, right and ratio as `prepareGraph` gives them, rows [1, b], and mask
 * [b, T] where scores are capped; `begin` and `end` [1], the columns that any row of the block sees. Compiled with open
 * shapes.
 */
export function changeGraph({ own, ratio, softCap: cap }: ChangeOptions): GraphBuilder {
  const b = new GraphBuilder('queryKeyChange');
  const any = (name: string): Value => b.input(name, [1, 1, 1, 1, 1]);
  const range = { start: b.input('begin', [1], 'int64'), end: b.input('end', [1], 'int64'), extent: 1 };
  const seen = (x: Value): Value => window(b, x, x.shape.length - 1, range);
  let scores = seen(any('scores'));
  if (own) scores = sub(b, scores, matMul(b, any('left'), seen(any('right'))));
  if (ratio !== null) scores = mul(b, scores, ratio === 'q' ? any('ratio') : seen(any('ratio')));
  if (cap !== null) scores = add(b, softCap(b, scores, cap), seen(b.input('mask', [1, 1])));
  const difference = sub(b, flooredSoftmax(b, scores), seen(any('probabilities')));
  const byRow = reduceSum(b, mul(b, difference, difference), [-1], true);
  b.output('change', matMul(b, b.input('rows', [1, 1]), byRow));
  return b;
}
