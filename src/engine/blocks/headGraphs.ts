import type { DecoderSpec } from '../../core/model/decoderSpec';
import { gradients } from '../autodiff/gradients';
import { GraphBuilder } from '../graph/graphBuilder';
import {
  add,
  div,
  exp,
  linear,
  log,
  matMul,
  maximum,
  mul,
  reduceMax,
  reduceSum,
  rmsNorm,
  sub,
  tanh,
} from '../graph/ops';
import type { Value } from '../graph/value';

/*
 * Masked negative log-likelihood of the rows that predict a response token, without the [R, vocabulary] logits:
 * the vocabulary passes once in chunks of rows of the head W, with the online softmax of Milakov and Gimelshein
 * (2018). m is the running maximum of a row's logits l, s = sum of exp(l - m), d = sum of exp(l - m) W, so that
 * nll = m + log s - l[label] and d(nll)/d(xn) = d / s - W[label]. Where logits are capped, l = c tanh(z / c) with
 * z = W xn, each row of W is weighted by dl/dz = 1 - tanh(z / c)^2 in d and at the label.
 */

export interface HeadOptions {
  /** False leaves out what only the gradient needs. Default true. */
  readonly withGradient?: boolean;
}

type HeadSpec = Pick<DecoderSpec, 'hiddenSize' | 'normEps' | 'finalSoftCap'>;

/** Logits and dl/dz of the products z; without a cap l = z. */
function capped(b: GraphBuilder, z: Value, cap: number | null): { logits: Value; slope: Value | null } {
  if (cap === null) return { logits: z, slope: null };
  const t = tanh(b, mul(b, z, b.scalar(1 / cap)));
  return { logits: mul(b, t, b.scalar(cap)), slope: sub(b, b.scalar(1), mul(b, t, t)) };
}

/** Inputs xn [R, hidden], W [vocabChunk, hidden]; output logits [R, vocabChunk]. */
export function headLogits(spec: HeadSpec, rows: number, vocabChunk: number): GraphBuilder {
  const b = new GraphBuilder('headLogits');
  const xn = b.input('xn', [rows, spec.hiddenSize]);
  const weight = b.input('W', [vocabChunk, spec.hiddenSize]);
  b.output('logits', capped(b, linear(b, xn, weight), spec.finalSoftCap).logits);
  return b;
}

/** Inputs x [R, hidden], gain [hidden]; output xn [R, hidden]. */
export function headInput(spec: HeadSpec, rows: number): GraphBuilder {
  const b = new GraphBuilder('headInput');
  const x = b.input('x', [rows, spec.hiddenSize]);
  b.output('xn', rmsNorm(b, x, b.input('gain', [spec.hiddenSize]), spec.normEps));
  return b;
}

/**
 * Inputs xn [R, hidden], W [vocabChunk, hidden], m [R, 1], s [R, 1], d [R, hidden]; outputs m2, s2, d2.
 * Begin with m below every logit (-Infinity or, as the pass does, -1e30), s = 0, d = 0. Without gradient there is no d and no d2.
 */
export function headChunk(
  spec: HeadSpec,
  rows: number,
  vocabChunk: number,
  options: HeadOptions = {},
): GraphBuilder {
  const b = new GraphBuilder('headChunk');
  const xn = b.input('xn', [rows, spec.hiddenSize]);
  const weight = b.input('W', [vocabChunk, spec.hiddenSize]);
  const m = b.input('m', [rows, 1]);
  const s = b.input('s', [rows, 1]);
  const { logits, slope } = capped(b, linear(b, xn, weight), spec.finalSoftCap);
  const m2 = maximum(b, m, reduceMax(b, logits, [-1], true));
  const shrink = exp(b, sub(b, m, m2));
  const e = exp(b, sub(b, logits, m2));
  b.output('m2', m2);
  b.output('s2', add(b, mul(b, s, shrink), reduceSum(b, e, [-1], true)));
  if (options.withGradient ?? true) {
    const d = b.input('d', [rows, spec.hiddenSize]);
    b.output('d2', add(b, mul(b, d, shrink), matMul(b, slope ? mul(b, e, slope) : e, weight)));
  }
  return b;
}

/**
 * Inputs x [R, hidden], gain [hidden], m, s [R, 1], labelRows [R, hidden] = W[label], d [R, hidden], weight [R, 1];
 * outputs nll [R, 1], not weighted, and dx [R, hidden] = d(sum of weight nll)/dx.
 * Without gradient there is no d, no weight and no dx.
 */
export function headOutput(spec: HeadSpec, rows: number, options: HeadOptions = {}): GraphBuilder {
  const b = new GraphBuilder('headOutput');
  const x = b.input('x', [rows, spec.hiddenSize]);
  const m = b.input('m', [rows, 1]);
  const s = b.input('s', [rows, 1]);
  const labelRows = b.input('labelRows', [rows, spec.hiddenSize]);
  const xn = rmsNorm(b, x, b.input('gain', [spec.hiddenSize]), spec.normEps);
  const { logits, slope } = capped(b, reduceSum(b, mul(b, xn, labelRows), [-1], true), spec.finalSoftCap);
  b.output('nll', sub(b, add(b, m, log(b, s)), logits));
  if (options.withGradient ?? true) {
    const d = b.input('d', [rows, spec.hiddenSize]);
    const labels = slope ? mul(b, labelRows, slope) : labelRows;
    const gradient = mul(b, sub(b, div(b, d, s), labels), b.input('weight', [rows, 1]));
    const [dx] = gradients(b, [{ value: xn, gradient }], [x]);
    if (dx) b.output('dx', dx);
  }
  return b;
}
