/** The graphs of the streamed pass over one decoder block, all from the one description in blocks/decoderBlock. */
import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { PassQuantities, WeightMethod } from '../../core/methods/method';
import { gradients } from '../autodiff/gradients';
import { decoderBlock, type BlockShape } from '../blocks/decoderBlock';
import { GraphBuilder } from '../graph/graphBuilder';
import { abs, add, accumulateAbsProducts, gatherRows, matMul, mul, sqrt, window } from '../graph/ops';
import type { Value } from '../graph/value';
import type { ForwardObserver } from './forwardObserver';

export interface ForwardOptions {
  /** y, the block's output: not needed at the last layer when nothing follows. */
  readonly output: boolean;
  /** Sums of squares of each linear map's inputs over the rows that `responseRows` marks with 1. */
  readonly squareSums: boolean;
  /** Add what they want to see. */
  readonly observers?: readonly ForwardObserver[];
}

/** x -> `y`, `squareSum.<group>` (1, inFeatures). */
export function forwardGraph(spec: DecoderSpec, shape: BlockShape, options: ForwardOptions): GraphBuilder {
  const b = new GraphBuilder('blockForward');
  const block = decoderBlock(b, spec, shape);
  if (options.output) b.output('y', block.y);
  if (options.squareSums) {
    const rows = b.input('responseRows', [1, shape.batch * shape.length]);
    for (const tap of block.taps) {
      b.output(`squareSum.${tap.group}`, inputSquareSum(b, rows, tap.input));
    }
  }
  for (const observer of options.observers ?? []) observer.extend(b, block, spec, shape);
  return b;
}

/** Sum of x_j^2 over the rows that are marked with 1: rows (1, n), x (n, inFeatures). */
export const inputSquareSum = (b: GraphBuilder, rows: Value, x: Value): Value =>
  matMul(b, rows, mul(b, x, x));

export interface BackwardOptions {
  /** dx: nothing is below the first layer, so nobody asks for it there. */
  readonly inputGradient: boolean;
}

/**
 * dy -> `dx`, and for every linear map the pair that its weight gradient is made of: `dY.<group>` (rows, out) and
 * `X.<group>` (rows, in). No weight gradient is built: per sample it would be as large as the weight.
 */
export function backwardGraph(spec: DecoderSpec, shape: BlockShape, options: BackwardOptions): GraphBuilder {
  const b = new GraphBuilder('blockBackward');
  const block = decoderBlock(b, spec, shape);
  const dy = b.input('dy', block.y.shape);
  const outputs = block.taps.map((tap) => tap.output);
  const wrt = options.inputGradient ? [...outputs, block.x] : outputs;
  const outputGradients = gradients(b, [{ value: block.y, gradient: dy }], wrt);
  if (options.inputGradient) b.output('dx', connected(outputGradients.at(-1)));
  block.taps.forEach((tap, index) => {
    b.output(`dY.${tap.group}`, connected(outputGradients[index]));
    b.output(`X.${tap.group}`, tap.input);
  });
  return b;
}

/** What a chunk's graph has of the pass, made from its inputs when a method asks for it. */
export type BuildQuantities = (b: GraphBuilder) => Partial<Omit<PassQuantities<Value>, 'weight'>>;

/** Input `squareSum` (1, in). */
export const squareSumQuantities: BuildQuantities = (b) => ({
  inputSquareSum: once(() => b.input('squareSum', [1, 1])),
});

/** Inputs of `sumOfPairs`, and `inverseCount`, 1 / number of samples. */
export const gradientQuantities =
  (batches: number, windowed: boolean): BuildQuantities =>
  (b) => ({
    meanAbsGradient: once(() => mul(b, sumOfPairs(b, batches, windowed), b.input('inverseCount', []))),
  });

/** Inputs `block.0` to `block.<blocks - 1>`, sums over the samples of a block each, and `inverseCount`. */
export const blockQuantities =
  (blocks: number): BuildQuantities =>
  (b) => ({
    meanAbsGradient: once(() => {
      let sum = b.input('block.0', [1, 1]);
      for (let k = 1; k < blocks; k++) sum = add(b, sum, b.input(`block.${k}`, [1, 1]));
      return mul(b, sum, b.input('inverseCount', []));
    }),
  });

/**
 * Scores of some rows of a weight, `scores.<method>`, in one graph: sums and gradients of the chunk never leave it. With
 * `keepsSample` also `sample.<method>`, the scores of the rows that the input `sampledRows` names.
 * Compiled with open shapes: any extents will do.
 */
export function scoreGraph(
  methods: readonly WeightMethod[],
  build: BuildQuantities,
  { keepsSample = false }: { readonly keepsSample?: boolean } = {},
): GraphBuilder {
  const b = new GraphBuilder('score');
  const ops = {
    abs: (x: Value) => abs(b, x),
    sqrt: (x: Value) => sqrt(b, x),
    mul: (x: Value, y: Value) => mul(b, x, y),
  };
  const quantities = {
    meanAbsGradient: notGathered,
    inputSquareSum: notGathered,
    ...build(b),
    weight: b.input('weight', [1, 1]),
  };
  const rows = keepsSample ? b.input('sampledRows', [1], 'int64') : null;
  for (const method of methods) {
    const scores = method.score(ops, quantities);
    b.output(`scores.${method.id}`, scores);
    if (rows) b.output(`sample.${method.id}`, gatherRows(b, scores, rows));
  }
  return b;
}

/** `sum`, for pairs that must leave room for others before the dataset is through. Compiled with open shapes. */
export function sumGraph(batches: number, windowed: boolean): GraphBuilder {
  const b = new GraphBuilder('sumOfPairs');
  b.output('sum', sumOfPairs(b, batches, windowed));
  return b;
}

/**
 * acc + sum over the samples of all micro-batches of |dY^T X|: the SNIP accumulator of a row chunk (Wei et al. 2024:
 * absolute value per sample, then the sum). Inputs acc (rows, in) and for each micro-batch k dY.k (batch, length, out)
 * and X.k (batch, length, in); with `windowed` the output features `firstRow` to `endRow` of dY only.
 */
function sumOfPairs(b: GraphBuilder, batches: number, windowed: boolean): Value {
  const range = windowed
    ? { start: b.input('firstRow', [1], 'int64'), end: b.input('endRow', [1], 'int64'), extent: 1 }
    : null;
  let sum = b.input('acc', [1, 1]);
  for (let k = 0; k < batches; k++) {
    const dY = b.input(`dY.${k}`, [1, 1, 1]);
    const x = b.input(`X.${k}`, [1, 1, 1]);
    sum = accumulateAbsProducts(b, sum, range ? window(b, dY, 2, range) : dY, x);
  }
  return sum;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function notGathered(): never {
  throw new Error('A method asks for a quantity that it does not list among its needs.');
}

function connected(value: Value | null | undefined): Value {
  if (!value) throw new Error('The block lost the path of a gradient.');
  return value;
}
