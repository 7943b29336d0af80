import { describe, expect, test } from 'vitest';
import { headChunk, headInput, headLogits, headOutput } from '../../src/engine/blocks/headGraphs';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { gradients } from '../../src/engine/autodiff/gradients';
import { linear, maskedNll, rmsNorm, softCap } from '../../src/engine/graph/ops';
import { runGraph } from '../unit/graph/runGraph';
import { Golden, relativeError } from './golden';

/** The second with logits capped at 3. */
const CASES = [
  ['head', null],
  ['head.softCap', 3],
] as const;

describe.each(CASES)('%s against PyTorch', (file, finalSoftCap) => {
  const golden = new Golden(file);
  const [rows, hiddenSize] = golden.get('x').shape as [number, number];
  const vocab = golden.get('W').shape[0]!;
  const spec = { hiddenSize, normEps: 1e-5, finalSoftCap };
  const inputs = {
    x: golden.floats('x'),
    gain: golden.floats('gain'),
    W: golden.floats('W'),
    weight: golden.floats('weight'),
  };
  const labels = golden.get('labels').data as BigInt64Array;

  /** The head with its vocabulary in chunks; the last may be smaller. */
  async function chunked(chunk: number, withGradient: boolean): Promise<Record<string, Float32Array>> {
    const { xn } = await runGraph(headInput(spec, rows), inputs);
    let m: Float32Array = new Float32Array(rows).fill(-Infinity);
    let s: Float32Array = new Float32Array(rows);
    let d: Float32Array = new Float32Array(rows * hiddenSize);
    for (let first = 0; first < vocab; first += chunk) {
      const end = Math.min(first + chunk, vocab);
      const W = inputs.W.subarray(first * hiddenSize, end * hiddenSize);
      const next = await runGraph(headChunk(spec, rows, end - first, { withGradient }), {
        xn: xn!,
        W,
        m,
        s,
        d,
      });
      [m, s, d] = [next.m2!, next.s2!, next.d2 ?? d];
    }
    const labelRows = new Float32Array(rows * hiddenSize);
    for (const [row, label] of labels.entries()) {
      const start = Number(label) * hiddenSize;
      labelRows.set(inputs.W.subarray(start, start + hiddenSize), row * hiddenSize);
    }
    return runGraph(headOutput(spec, rows, { withGradient }), { ...inputs, m, s, d, labelRows });
  }

  test.each([vocab, 13, 4])('vocabulary in chunks of %i', async (chunk) => {
    const { nll, dx } = await chunked(chunk, true);
    expect(relativeError(nll!, golden.floats('nll'))).toBeLessThan(1e-6);
    expect(relativeError(dx!, golden.floats('dx'))).toBeLessThan(2e-6);
  });

  test('without gradient the same losses and nothing else', async () => {
    const results = await chunked(13, false);
    expect(Object.keys(results)).toEqual(['nll']);
    expect(relativeError(results.nll!, golden.floats('nll'))).toBeLessThan(1e-6);
  });

  test('a row of weight 0 has no gradient', async () => {
    const { dx } = await chunked(13, true);
    const row = golden.floats('weight').indexOf(0);
    expect([...dx!.subarray(row * hiddenSize, (row + 1) * hiddenSize)].map(Math.abs)).toEqual(
      new Array(hiddenSize).fill(0),
    );
  });

  test('all logits at once', async () => {
    const b = new GraphBuilder('head');
    const x = b.input('x', [rows, hiddenSize]);
    const xn = rmsNorm(b, x, b.input('gain', [hiddenSize]), spec.normEps);
    const logits = softCap(b, linear(b, xn, b.input('W', [vocab, hiddenSize])), finalSoftCap);
    const loss = maskedNll(b, logits, b.input('labels', [rows, 1], 'int64'), b.input('weight', [rows, 1]));
    const ones = b.input('ones', [rows, 1]);
    b.output('dx', gradients(b, [{ value: loss, gradient: ones }], [x])[0]!);
    const { dx } = await runGraph(b, { ...inputs, labels, ones: new Float32Array(rows).fill(1) });
    expect(relativeError(dx!, golden.floats('dx'))).toBeLessThan(2e-6);
  });
});

test('capped logits', async () => {
  const golden = new Golden('head.softCap');
  const [rows, hiddenSize] = golden.get('x').shape as [number, number];
  const spec = { hiddenSize, normEps: 1e-5, finalSoftCap: 3 };
  const [x, gain, W] = [golden.floats('x'), golden.floats('gain'), golden.floats('W')];
  const { xn } = await runGraph(headInput(spec, rows), { x, gain });
  const { logits } = await runGraph(headLogits(spec, rows, W.length / hiddenSize), { xn: xn!, W });
  expect(relativeError(logits!, golden.floats('logits'))).toBeLessThan(1e-6);
});
