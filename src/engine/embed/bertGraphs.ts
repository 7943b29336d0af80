import { GraphBuilder } from '../graph/graphBuilder';
import { add, gelu, layerNorm, linear, matMul, maximum, reshape, softmax, transpose } from '../graph/ops';
import type { Value } from '../graph/value';
import { layerParameters, type BertSpec } from './bertSpec';

/** Inputs x [rows, hidden], gain, bias [hidden]; output y: the embeddings normalised. */
export function bertEmbedding({ hiddenSize, normEps }: BertSpec, rows: number): GraphBuilder {
  const b = new GraphBuilder('bertEmbedding');
  const x = b.input('x', [rows, hiddenSize]);
  const y = layerNorm(b, x, b.input('gain', [hiddenSize]), b.input('bias', [hiddenSize]), normEps);
  b.output('y', y);
  return b;
}

/**
 * One block of BERT, its weights inputs as `layerParameters` names them: one graph serves every layer. Inputs
 * x [texts length, hidden] and mask [texts, 1, 1, length], added to the scores (0, or -1e30 at padding); output y as x.
 * a = norm(x + o(softmax(q k^T / sqrt(d) + mask) v)), y = norm(a + down(act(up(a)))).
 */
export function bertLayer(spec: BertSpec, texts: number, length: number): GraphBuilder {
  const { hiddenSize, heads, normEps } = spec;
  const width = hiddenSize / heads;
  const b = new GraphBuilder('bertLayer');
  const x = b.input('x', [texts * length, hiddenSize]);
  const mask = b.input('mask', [texts, 1, 1, length]);
  const weights = new Map<string, Value>();
  for (const [input, [, shape]] of layerParameters(spec, 0)) weights.set(input, b.input(input, shape));
  const weight = (name: string): Value => {
    const value = weights.get(name);
    if (!value) throw new Error(`a block of BERT has no '${name}'`);
    return value;
  };
  const affine = (input: Value, key: string): Value =>
    add(b, linear(b, input, weight(`W${key}`)), weight(`b${key}`));
  const split = (input: Value): Value =>
    transpose(b, reshape(b, input, [texts, length, heads, width]), [0, 2, 1, 3]);

  const [q, k, v] = [split(affine(x, 'q')), split(affine(x, 'k')), split(affine(x, 'v'))];
  const scores = add(b, matMul(b, q, k, { transB: true, alpha: 1 / Math.sqrt(width) }), mask);
  const context = matMul(b, softmax(b, scores, -1), v);
  const joined = reshape(b, transpose(b, context, [0, 2, 1, 3]), [texts * length, hiddenSize]);
  const a = layerNorm(b, add(b, affine(joined, 'o'), x), weight('gain1'), weight('bias1'), normEps);
  const up = activate(b, affine(a, 'up'), spec.activation);
  b.output('y', layerNorm(b, add(b, affine(up, 'down'), a), weight('gain2'), weight('bias2'), normEps));
  return b;
}

function activate(b: GraphBuilder, x: Value, activation: BertSpec['activation']): Value {
  if (activation === 'relu') return maximum(b, x, b.scalar(0));
  return gelu(b, x, activation === 'gelu' ? 'none' : 'tanh');
}
