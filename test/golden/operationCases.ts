import { gradients } from '../../src/engine/autodiff/gradients';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import * as ops from '../../src/engine/graph/ops';
import { at, type Value } from '../../src/engine/graph/value';
import type { Feeds } from '../unit/graph/runGraph';
import { Golden } from './golden';

type Build = (b: GraphBuilder, inputs: readonly [Value, Value, Value, Value]) => Value;

/** Every operation with a gradient, as test/oracles/goldens.py has it in PyTorch. */
export const OPERATIONS: Readonly<Record<string, Build>> = {
  add: (b, [x, y]) => ops.add(b, x, y),
  'add.broadcast': (b, [x, y]) => ops.add(b, x, y),
  'add.column': (b, [x, y]) => ops.add(b, x, y),
  'sub.broadcast': (b, [x, y]) => ops.sub(b, x, y),
  mul: (b, [x, y]) => ops.mul(b, x, y),
  'mul.broadcast': (b, [x, y]) => ops.mul(b, x, y),
  'mul.scalar': (b, [x, y]) => ops.mul(b, x, y),
  square: (b, [x]) => ops.mul(b, x, x),
  div: (b, [x, y]) => ops.div(b, x, y),
  'div.broadcast': (b, [x, y]) => ops.div(b, x, y),
  neg: (b, [x]) => ops.neg(b, x),
  abs: (b, [x]) => ops.abs(b, x),
  sqrt: (b, [x]) => ops.sqrt(b, x),
  exp: (b, [x]) => ops.exp(b, x),
  log: (b, [x]) => ops.log(b, x),
  reciprocal: (b, [x]) => ops.reciprocal(b, x),
  sigmoid: (b, [x]) => ops.sigmoid(b, x),
  maximum: (b, [x, y]) => ops.maximum(b, x, y),
  'maximum.broadcast': (b, [x, y]) => ops.maximum(b, x, y),
  'maximum.ties': (b, [x, y]) => ops.maximum(b, x, y),
  reshape: (b, [x]) => ops.reshape(b, x, [4, 6]),
  transpose: (b, [x]) => ops.transpose(b, x, [2, 0, 3, 1]),
  expand: (b, [x]) => ops.expand(b, x, [2, 3, 4]),
  split: (b, [x]) => {
    const parts = ops.split(b, x, -1, [1, 2, 1]);
    return ops.add(b, ops.mul(b, at(parts, 0), at(parts, 2)), at(parts, 2));
  },
  concat: (b, [x, y]) => ops.concat(b, [x, y, x], 1),
  slice: (b, [x]) => ops.slice(b, x, 1, 1, 3),
  reduceSum: (b, [x]) => ops.reduceSum(b, x, [0, 2], false),
  'reduceSum.keep': (b, [x]) => ops.reduceSum(b, x, [-1], true),
  reduceMean: (b, [x]) => ops.reduceMean(b, x, [1], false),
  'reduceMean.keep': (b, [x]) => ops.reduceMean(b, x, [0, 1], true),
  reduceMax: (b, [x]) => ops.reduceMax(b, x, [1], false),
  'reduceMax.ties': (b, [x]) => ops.reduceMax(b, x, [1], true),
  softmax: (b, [x]) => ops.softmax(b, x, -1),
  'softmax.middle': (b, [x]) => ops.softmax(b, x, 1),
  scatterAdd: (b, [x, labels]) => ops.scatterAdd(b, x, labels, -1),
  matMul: (b, [x, y]) => ops.matMul(b, x, y),
  'matMul.transA': (b, [x, y]) => ops.matMul(b, x, y, { transA: true, alpha: 0.5 }),
  'matMul.transB': (b, [x, y]) => ops.linear(b, x, y),
  'matMul.transAB': (b, [x, y]) => ops.matMul(b, x, y, { transA: true, transB: true }),
  'matMul.batch': (b, [x, y]) => ops.matMul(b, x, y),
  'matMul.batch.transA': (b, [x, y]) => ops.matMul(b, x, y, { transA: true }),
  'matMul.batch.transB': (b, [x, y]) => ops.matMul(b, x, y, { transB: true, alpha: 0.3 }),
  'matMul.batch.transAB': (b, [x, y]) => ops.matMul(b, x, y, { transA: true, transB: true, alpha: 1.5 }),
  'matMul.broadcast': (b, [x, y]) => ops.linear(b, x, y),
  'matMul.broadcastBatch': (b, [x, y]) => ops.matMul(b, x, y),
  rmsNorm: (b, [x, gain]) => ops.rmsNorm(b, x, gain, 0.01),
  'rmsNorm.batch': (b, [x, gain]) => ops.rmsNorm(b, x, gain, 1e-5),
  rotary: (b, [x, cos, sin]) => ops.rotary(b, x, cos, sin),
  attention: (b, [q, k, v, mask]) => ops.attention(b, q, k, v, mask, { scale: 0.37 }),
  'attention.heads': (b, [q, k, v, mask]) => ops.attention(b, q, k, v, mask, { scale: 0.37 }),
  tanh: (b, [x]) => ops.tanh(b, x),
  softCap: (b, [x]) => ops.softCap(b, x, 1.5),
  'attention.softCap': (b, [q, k, v, mask]) => ops.attention(b, q, k, v, mask, { scale: 1.3, softCap: 0.8 }),
  'attention.window': (b, [q, k, v, mask]) => ops.attention(b, q, k, v, mask, { scale: 0.37 }),
  'attention.lastQueries': (b, [q, k, v, mask]) => ops.attention(b, q, k, v, mask, { scale: 0.37 }),
  'gatedActivation.geluTanh': (b, [gate, up]) => ops.gatedActivation(b, gate, up, 'geluTanh'),
  gatedActivation: (b, [gate, up]) => ops.gatedActivation(b, gate, up, 'silu'),
  maskedNll: (b, [logits, labels, weights]) => ops.maskedNll(b, logits, labels, weights),
  fanOut: (b, [x, w]) => {
    const z = ops.matMul(b, x, w);
    return ops.add(b, ops.mul(b, ops.sigmoid(b, z), z), x);
  },
};

export interface OperationCase {
  /** Inputs in0, in1, ... and dy; outputs y and grad0, grad1, ... where the golden file has them. */
  readonly graph: GraphBuilder;
  readonly feeds: Feeds;
  /** Indices of the inputs that have a gradient. */
  readonly differentiated: readonly number[];
  readonly expected: (name: string) => Float32Array;
}

const golden = new Golden('operations', 'operations.families');

export function operationCase(name: string, build: Build): OperationCase {
  const graph = new GraphBuilder(name);
  const feeds: Record<string, Float32Array | BigInt64Array> = {};
  const declare = (input: string): Value => {
    const { shape, data } = golden.get(`${name}/${input}`);
    feeds[input] = data;
    return graph.input(input, shape, data instanceof BigInt64Array ? 'int64' : 'float32');
  };
  const count = [0, 1, 2, 3].filter((index) => golden.has(`${name}/in${index}`)).length;
  const inputs = Array.from({ length: count }, (_, index) => declare(`in${index}`));
  const y = build(graph, inputs as unknown as Parameters<Build>[1]);
  graph.output('y', y);
  const differentiated = inputs.flatMap((_, index) => (golden.has(`${name}/grad${index}`) ? [index] : []));
  const wrt = differentiated.map((index) => at(inputs, index));
  gradients(graph, [{ value: y, gradient: declare('dy') }], wrt).forEach((gradient, i) => {
    if (gradient === null) throw new Error(`${name} has no gradient for input ${at(differentiated, i)}`);
    graph.output(`grad${at(differentiated, i)}`, gradient);
  });
  return { graph, feeds, differentiated, expected: (output) => golden.floats(`${name}/${output}`) };
}

/** Names of the cases in the golden file. */
export const goldenCaseNames = (): string[] =>
  golden.names().flatMap((name) => (name.endsWith('/in0') ? [name.slice(0, -'/in0'.length)] : []));
