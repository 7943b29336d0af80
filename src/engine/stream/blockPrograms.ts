/** The graphs of the streamed pass over one decoder block, all from the one description in blocks/decoderBlock. */
import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { WeightMethod } from '../../core/methods/method';
import { gradients } from '../autodiff/gradients';
import { decoderBlock, type BlockShape } from '../blocks/decoderBlock';
import { GraphBuilder } from '../graph/graphBuilder';
import { abs, accumulateAbsProducts, matMul, mul, sqrt, window, type WindowRange } from '../graph/ops';
import type { Value } from '../graph/value';

export interface ForwardOptions {
  /** y, the block's output: not needed at the last layer when nothing follows. */
  readonly output: boolean;
  /** Sums of squares of each linear map's inputs over the rows that `responseRows` marks with 1. */
  readonly squareSums: boolean;
}

/** x -> `y`, `squareSum.<group>` (1, inFeatures). */
export function forwardGraph(spec: DecoderSpec, shape: BlockShape, options: ForwardOptions): GraphBuilder {
  const b = new GraphBuilder('blockForward');
  const block = decoderBlock(b, spec, shape);
  if (options.output) b.output('y', block.y);
  if (options.squareSums) {
    const rows = b.input('responseRows', [1, shape.batch * shape.length]);
    for (const tap of block.taps) {
      b.output(`squareSum.${tap.group}`, matMul(b, rows, mul(b, tap.input, tap.input)));
    }
  }
  return b;
}

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

/**
 * acc + sum over the batch's samples of |dY^T X|: the SNIP accumulator of a row chunk (Wei et al. 2024: absolute value
 * per sample, then the sum). acc (rows, in), dY (batch, length, out), X (batch, length, in); with `windowed` the
 * output features `firstRow` to `endRow` of dY only. Compiled with open shapes: any extents will do.
 */
export function accumulateGraph(windowed: boolean): GraphBuilder {
  const b = new GraphBuilder('accumulateAbsGradient');
  const acc = b.input('acc', [1, 1]);
  const dY = b.input('dY', [1, 1, 1]);
  const x = b.input('X', [1, 1, 1]);
  const range = (): WindowRange => ({
    start: b.input('firstRow', [1], 'int64'),
    end: b.input('endRow', [1], 'int64'),
    extent: 1,
  });
  b.output('sum', accumulateAbsProducts(b, acc, windowed ? window(b, dY, 2, range()) : dY, x));
  return b;
}

/**
 * Scores of some rows of a weight from what the pass gathered; `inverseCount` is 1 / number of samples. Compiled with
 * open shapes.
 */
export function scoreGraph(method: WeightMethod): GraphBuilder {
  const b = new GraphBuilder(`score.${method.id}`);
  const ops = {
    abs: (x: Value) => abs(b, x),
    sqrt: (x: Value) => sqrt(b, x),
    mul: (x: Value, y: Value) => mul(b, x, y),
  };
  const scores = method.score(ops, {
    weight: b.input('weight', [1, 1]),
    meanAbsGradient: () => mul(b, b.input('absGradientSum', [1, 1]), b.input('inverseCount', [])),
    inputSquareSum: () => b.input('squareSum', [1, 1]),
  });
  b.output('scores', scores);
  return b;
}

function connected(value: Value | null | undefined): Value {
  if (!value) throw new Error('The block lost the path of a gradient.');
  return value;
}
