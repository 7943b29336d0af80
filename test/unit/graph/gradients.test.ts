import { expect, test } from 'vitest';
import { gradients } from '../../../src/engine/autodiff/gradients';
import { decoderBlock } from '../../../src/engine/blocks/decoderBlock';
import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { add, exp, linear, matMul, mul, reduceSum, sigmoid, split } from '../../../src/engine/graph/ops';
import type { Node } from '../../../src/engine/graph/value';
import { makeSpec } from './specs';
import { runGraph } from './runGraph';

const types = (nodes: readonly Node[]): string[] => nodes.map((node) => node.op.type);

test('a weight gradient that nobody asked for is not built', () => {
  const b = new GraphBuilder('g');
  const [x, w] = [b.input('x', [2, 3]), b.input('w', [4, 3])];
  const y = linear(b, x, w);
  const before = b.nodes.length;
  gradients(b, [{ value: y, gradient: b.input('dy', [2, 4]) }], [x]);
  expect(types(b.nodes.slice(before))).toEqual(['MatMul']);
});

test('nodes off the path from wrt to the seeds are not differentiated', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [3]);
  const h = mul(b, x, x);
  const y = exp(b, h);
  sigmoid(b, y); // After the seed: on no path.
  const before = b.nodes.length;
  const [dh] = gradients(b, [{ value: y, gradient: b.input('dy', [3]) }], [h]);
  expect(types(b.nodes.slice(before))).toEqual(['Mul']); // Of exp alone: h's own node lies before wrt.
  expect(dh).not.toBeNull();
});

test('null where the seeds do not depend on a value', () => {
  const b = new GraphBuilder('g');
  const [x, z] = [b.input('x', [3]), b.input('z', [3])];
  const y = exp(b, x);
  const after = exp(b, y);
  const seeds = [{ value: y, gradient: b.input('dy', [3]) }];
  const result = gradients(b, seeds, [x, z, after]);
  expect(result.map((value) => value === null)).toEqual([false, true, true]);
});

test('a seeded value has its seed as gradient, and seeds of one value add up', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const y = mul(b, x, b.scalar(3));
  const [p, q] = [b.input('p', [2]), b.input('q', [2])];
  const [dy, dx] = gradients(
    b,
    [
      { value: y, gradient: p },
      { value: y, gradient: q },
    ],
    [y, x],
  );
  b.output('dy', dy!);
  b.output('dx', dx!);
  const feeds = { x: Float32Array.of(1, 2), p: Float32Array.of(1, 10), q: Float32Array.of(2, 20) };
  expect(await runGraph(b, feeds)).toEqual({ dy: Float32Array.of(3, 30), dx: Float32Array.of(9, 90) });
});

test('an intermediate value and what lies upstream of it both get their total gradient', async () => {
  // h = 2x, y = h h + x: dy/dh = 2h, dy/dx = 2 * 2h + 1; y is seeded, and h once more with 5.
  const b = new GraphBuilder('g');
  const x = b.input('x', [1]);
  const h = mul(b, x, b.scalar(2));
  const y = add(b, mul(b, h, h), x);
  const one = b.constant([1], [1], 'float32');
  const five = b.constant([5], [1], 'float32');
  const [dh, dx] = gradients(
    b,
    [
      { value: y, gradient: one },
      { value: h, gradient: five },
    ],
    [h, x],
  );
  b.output('dh', dh!);
  b.output('dx', dx!);
  const { dh: toH, dx: toX } = await runGraph(b, { x: Float32Array.of(3) });
  expect([toH![0], toX![0]]).toEqual([12 + 5, 2 * (12 + 5) + 1]);
});

test('outputs of a split that do not matter count as zero', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [1, 4]);
  const [, middle] = split(b, x, 1, [1, 2, 1]);
  const [dx] = gradients(b, [{ value: middle!, gradient: b.input('dy', [1, 2]) }], [x]);
  b.output('dx', dx!);
  const { dx: values } = await runGraph(b, { dy: Float32Array.of(7, 8) });
  expect([...values!]).toEqual([0, 7, 8, 0]);
});

test('a gradient of the wrong shape is refused', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 3]);
  const y = reduceSum(b, x, [1], false);
  expect(() => gradients(b, [{ value: y, gradient: x }], [x])).toThrow(
    /gradient of \[2, 3\] for a value of \[2\]/,
  );
});

test('the backward pass of a block multiplies four times for dx, and once more a weight gradient', () => {
  const spec = makeSpec({
    hiddenSize: 8,
    heads: 2,
    kvHeads: 1,
    headDim: 4,
    intermediateSize: 8,
    theta: 1e4,
    normEps: 1e-5,
  });
  const products = (weights: readonly string[]): number => {
    const b = new GraphBuilder('block');
    const block = decoderBlock(b, spec, { batch: 1, length: 3 });
    const before = b.nodes.length;
    const seeds = [{ value: block.y, gradient: b.input('dy', block.y.shape) }];
    gradients(b, seeds, [block.x, ...weights.map((name) => b.inputs.get(name)!)]);
    return types(b.nodes.slice(before)).filter((type) => type === 'MatMul').length;
  };
  expect(products([])).toBe(4 + 4); // Four linear maps, and dV, dP, dQ, dK of attention.
  expect(products(['weight.qkv'])).toBe(4 + 4 + 1);
});

test('the product rule by itself: matMul of x with x', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 2]);
  const [dx] = gradients(b, [{ value: matMul(b, x, x), gradient: b.input('dy', [2, 2]) }], [x]);
  b.output('dx', dx!);
  const { dx: values } = await runGraph(b, {
    x: Float32Array.of(1, 2, 3, 4),
    dy: Float32Array.of(1, 0, 0, 0),
  });
  expect([...values!]).toEqual([1 + 1, 3, 2, 0]); // d(x00 x00 + x01 x10).
});
