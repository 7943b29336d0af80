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
} from '../graph/ops';

/*
 * Masked negative log-likelihood of the rows that predict a response token, without the [R, vocabulary] logits:
 * the vocabulary passes once in chunks of rows of the head W, with the online softmax of Milakov and Gimelshein
 * (2018). m is the running maximum of a row's logits l, s = sum of exp(l - m), d = sum of exp(l - m) W, so that
 * nll = m + log s - l[label] and d(nll)/d(xn) = d / s - W[label].
 */

export interface HeadOptions {
  /** False leaves out what only the gradient needs. Default true. */
  readonly withGradient?: boolean;
}

type HeadSpec = Pick<DecoderSpec, 'hiddenSize' | 'normEps'>;

/** Inputs x [R, hidden], gain [hidden]; output xn [R, hidden]. */
export function headInput(spec: HeadSpec, rows: number): GraphBuilder {
  const b = new GraphBuilder('headInput');
  const x = b.input('x', [rows, spec.hiddenSize]);
  b.output('xn', rmsNorm(b, x, b.input('gain', [spec.hiddenSize]), spec.normEps));
  return b;
}

/**
 * Inputs xn [R, hidden], W [vocabChunk, hidden], m [R, 1], s [R, 1], d [R, hidden]; outputs m2, s2, d2.
 * Begin with m = -Infinity, s = 0, d = 0. Without gradient there is no d and no d2.
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
  const logits = linear(b, xn, weight);
  const m2 = maximum(b, m, reduceMax(b, logits, [-1], true));
  const shrink = exp(b, sub(b, m, m2));
  const e = exp(b, sub(b, logits, m2));
  b.output('m2', m2);
  b.output('s2', add(b, mul(b, s, shrink), reduceSum(b, e, [-1], true)));
  if (options.withGradient ?? true) {
    const d = b.input('d', [rows, spec.hiddenSize]);
    b.output('d2', add(b, mul(b, d, shrink), matMul(b, e, weight)));
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
  const labelLogits = reduceSum(b, mul(b, xn, labelRows), [-1], true);
  b.output('nll', sub(b, add(b, m, log(b, s)), labelLogits));
  if (options.withGradient ?? true) {
    const d = b.input('d', [rows, spec.hiddenSize]);
    const gradient = mul(b, sub(b, div(b, d, s), labelRows), b.input('weight', [rows, 1]));
    const [dx] = gradients(b, [{ value: xn, gradient }], [x]);
    if (dx) b.output('dx', dx);
  }
  return b;
}
