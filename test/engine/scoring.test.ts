import { describe, expect, it } from 'vitest';

import { unitsOf } from '../../src/core/masks/bitset';
import { snip } from '../../src/core/methods/snip';
import { wanda } from '../../src/core/methods/wanda';
import type { PreparedDataset, Sample } from '../../src/core/run/sample';
import { selectFlat, selectRows } from '../../src/core/selection/selectTop';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { compileProgram, type Feeds, type Tensor } from '../../src/engine/ort/runtime';
import {
  gradientQuantities,
  inputSquareSum,
  scoreGraph,
  squareSumQuantities,
} from '../../src/engine/stream/blockPrograms';
import { responseRows } from '../../src/engine/stream/forwardPass';
import { headRows } from '../../src/engine/stream/headPass';
import { planDataset, type PlannedDataset } from '../../src/engine/stream/passPlan';

/** The graphs of the product on the numbers of METHODS.md section 5. */
async function run(
  graph: GraphBuilder,
  feeds: Feeds,
  output: string,
  dims: readonly number[],
): Promise<Float32Array> {
  const program = await compileProgram(graph, { threads: 1 }, { openShapes: true });
  const data = new Float32Array(dims.reduce((product, extent) => product * extent, 1));
  await program.run(feeds, { [output]: { data, dims } });
  await program.release();
  return data;
}

const tensor = (values: readonly number[], dims: readonly number[]): Tensor => ({
  data: Float32Array.from(values),
  dims,
});

/** dY and X of one micro-batch, (batch, length, features). */
interface Pair {
  readonly dY: Tensor;
  readonly X: Tensor;
}

function snipScores(weight: Tensor, pairs: readonly Pair[], factor: number): Promise<Float32Array> {
  const [rows = 0, columns = 0] = weight.dims;
  const feeds = {
    weight,
    acc: tensor(new Array<number>(rows * columns).fill(0), [rows, columns]),
    inverseCount: tensor([factor], []),
    ...Object.fromEntries(
      pairs.flatMap(({ dY, X }, k) => [
        [`dY.${k}`, dY],
        [`X.${k}`, X],
      ]),
    ),
  };
  const graph = scoreGraph([snip], gradientQuantities(pairs.length, false));
  return run(graph, feeds, 'scores.snip', weight.dims);
}

const wandaScores = (weight: Tensor, squareSum: Float32Array): Promise<Float32Array> =>
  run(
    scoreGraph([wanda], squareSumQuantities),
    { weight, squareSum: { data: squareSum, dims: [1, squareSum.length] } },
    'scores.wanda',
    weight.dims,
  );

function squareSums(rows: Float32Array, x: Tensor): Promise<Float32Array> {
  const [positions = 0, features = 0] = x.dims;
  const b = new GraphBuilder('sums');
  b.output('sum', inputSquareSum(b, b.input('rows', [1, positions]), b.input('x', [positions, features])));
  return run(b, { rows: { data: rows, dims: [1, positions] }, x }, 'sum', [1, features]);
}

function selected(scores: Float32Array, columns: number, k: number, scope: 'row' | 'matrix'): number[] {
  const bits = new Uint8Array(Math.ceil(scores.length / 8));
  if (scope === 'matrix') selectFlat(scores, k, bits, 0);
  else selectRows(scores, scores.length / columns, columns, k, bits, 0);
  return unitsOf(bits);
}

/** Token i of every sample is i. */
function planned(...shapes: readonly (readonly [length: number, responseStart: number])[]): PlannedDataset {
  const samples = shapes.map(([length, responseStart]): Sample => ({
    row: 1,
    tokenIds: Array.from({ length }, (_, token) => token),
    responseStart,
    truncated: false,
    category: null,
  }));
  return planDataset({ id: 'D', role: 'identification', samples } as unknown as PreparedDataset, 512, 0);
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 5));
}

const W = tensor([1, -2, 3, 0.5, 4, -1], [2, 3]);

describe('SNIP', () => {
  it('T1: |W G|, ties to the lowest index', async () => {
    // One sample of two tokens whose dY^T X is G.
    const pair = {
      dY: tensor([1, 0, 0, 1], [1, 2, 2]),
      X: tensor([0.5, 0.25, -0.1, 2, -0.05, 0.3], [1, 2, 3]),
    };
    const scores = await snipScores(W, [pair], 1);
    expectClose(scores, [0.5, 0.5, 0.3, 1, 0.2, 0.3]);
    expect(selected(scores, 3, 2, 'matrix')).toEqual([0, 3]);
    expect(selected(scores, 3, 1, 'row')).toEqual([0, 3]);
  });

  it('T2, T3: absolute by sample, in one micro-batch or two; a sum gives the same region as a mean', async () => {
    const weight = tensor([2, 1], [1, 2]);
    const gradients = [0.5, 0.3, -0.5, 0.3];
    const one = [{ dY: tensor([1, 1], [2, 1, 1]), X: tensor(gradients, [2, 1, 2]) }];
    const two = [0, 2].map((begin) => ({
      dY: tensor([1], [1, 1, 1]),
      X: tensor(gradients.slice(begin, begin + 2), [1, 1, 2]),
    }));
    const mean = await snipScores(weight, one, 1 / 2);
    expectClose(mean, [1, 0.3]);
    expect(await snipScores(weight, two, 1 / 2)).toEqual(mean);
    const sum = await snipScores(weight, one, 1);
    expectClose(sum, [2, 0.6]);
    expect(selected(sum, 2, 1, 'row')).toEqual(selected(mean, 2, 1, 'row'));
  });

  it('T4: a loss is the mean over the tokens of its own sample', async () => {
    const rows = headRows(planned([3, 2], [6, 2]));
    const weightsOf = (sample: number): number[] =>
      rows.filter(({ sampleIndex }) => sampleIndex === sample).map(({ weight }) => weight);
    expect(weightsOf(0)).toEqual([1]);
    expect(weightsOf(1)).toEqual([0.25, 0.25, 0.25, 0.25]);
    const pairs = [
      { dY: tensor(weightsOf(0), [1, 1, 1]), X: tensor([1, 2], [1, 1, 2]) },
      { dY: tensor(weightsOf(1), [1, 4, 1]), X: tensor([1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5], [1, 4, 2]) },
    ];
    expectClose(await snipScores(tensor([1, 1], [1, 2]), pairs, 1 / 2), [1, 1.25]);
  });

  it('T5: what a loss row predicts, and where its hidden state is', () => {
    const rows = headRows(planned([5, 3])).map(({ fileRow, label }) => [fileRow, label]);
    expect(rows).toEqual([
      [2, 3],
      [3, 4],
    ]);
  });

  it('T17: sums in float32, where bfloat16 would stop at 256', async () => {
    const sum = (value: number, count: number): Promise<Float32Array> => {
      const dY = tensor(new Array<number>(count).fill(value), [count, 1, 1]);
      const X = tensor(new Array<number>(count).fill(1), [count, 1, 1]);
      return snipScores(tensor([1], [1, 1]), [{ dY, X }], 1);
    };
    expect([...(await sum(1, 300))]).toEqual([300]);
    // 0.01 in bfloat16.
    expect([...(await sum(0.010009765625, 128))]).toEqual([1.28125]);
  });
});

describe('Wanda', () => {
  it('T5, T6, T9: pooled norms of the response rows; a prompt token changes nothing', async () => {
    const rows = planned([4, 1]).batches.map(responseRows)[0] ?? new Float32Array();
    expect([...rows]).toEqual([0, 1, 1, 1, 0, 0, 0, 0]);
    const prompt = [100, 100, 100];
    const response = [3, 0, 1, 4, 0, 1, 0, 2, 1];
    const padding = new Array<number>(12).fill(7);
    const sums = await squareSums(rows, tensor([...prompt, ...response, ...padding], [8, 3]));
    expectClose(sums, [25, 4, 3]);
    const scores = await wandaScores(W, sums);
    expectClose(scores, [5, 4, 5.196152, 2.5, 8, 1.732051]);
    expect(selected(scores, 3, 1, 'row')).toEqual([2, 4]);
  });

  it('T7, T8: one root of one sum over all samples, no mean of norms', async () => {
    const first = await squareSums(Float32Array.of(1, 1), tensor([3, 0, 4, 8], [2, 2]));
    const second = await squareSums(Float32Array.of(1), tensor([12, 9], [1, 2]));
    const pooled = first.map((value, index) => value + (second[index] ?? 0));
    expectClose(await wandaScores(tensor([1, 1], [1, 2]), pooled), [13, 12.041595]);
  });

  it('T16: a gain folded into the weight changes no score', async () => {
    const both = Float32Array.of(1, 1);
    const apart = await squareSums(both, tensor([3, 1, 6, 0], [2, 2]));
    const folded = await squareSums(both, tensor([1, 2, 2, 0], [2, 2]));
    expectClose(await wandaScores(tensor([2, -1], [1, 2]), apart), [13.416408, 1]);
    expectClose(await wandaScores(tensor([6, -0.5], [1, 2]), folded), [13.416408, 1]);
  });
});
