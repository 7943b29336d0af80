import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { GraphBuilder, toOnnx } from '../../../src/engine/graph/graphBuilder';
import {
  accumulateAbsProducts,
  add,
  exp,
  matMul,
  mul,
  reshape,
  rotary,
  split,
  window,
} from '../../../src/engine/graph/ops';
import { readModel } from './readModel';
import { runGraph } from './runGraph';

test('only what the outputs need is written', () => {
  const b = new GraphBuilder('g');
  const [x, unused] = [b.input('x', [2]), b.input('unused', [2])];
  exp(b, unused);
  mul(b, x, b.scalar(3));
  b.output('y', add(b, x, b.scalar(2)));
  const model = readModel(toOnnx(b));
  expect(model.nodes).toEqual(['Add']);
  expect(model.inputs).toEqual(['x']);
  expect(model.outputs).toEqual(['y']);
  expect(model.initializers).toBe(1);
});

test('equal constants are one initializer, in the builder and from lowering', () => {
  const b = new GraphBuilder('g');
  expect(b.scalar(2)).toBe(b.scalar(2));
  expect(b.scalar(2)).not.toBe(b.ints([2]));
  expect(b.scalar(0)).not.toBe(b.scalar(-0));
  const x = b.input('x', [6]);
  b.output('p', reshape(b, mul(b, x, b.scalar(2)), [2, 3]));
  b.output('q', reshape(b, exp(b, x), [2, 3]));
  b.output('r', add(b, b.ints([2, 3]), b.ints([2, 3])));
  expect(readModel(toOnnx(b)).initializers).toBe(2);
});

test('the header: IR 10, opset 21, com.microsoft 1', () => {
  const b = new GraphBuilder('g');
  b.output('y', exp(b, b.input('x', [1])));
  expect(readModel(toOnnx(b))).toMatchObject({ irVersion: 10, opsets: { '': 21, 'com.microsoft': 1 } });
});

test('an input as output, one value as two outputs, an unneeded reshape', async () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const y = reshape(b, exp(b, x), [2]);
  b.output('same', x);
  b.output('first', y);
  b.output('second', y);
  b.output('constant', b.scalar(4));
  const one = Math.fround(Math.E);
  const results = await runGraph(b, { x: Float32Array.of(0, 1) });
  expect([...results.same!]).toEqual([0, 1]);
  expect(results.first![1]).toBeCloseTo(one, 6);
  expect(results.second).toEqual(results.first);
  expect([...results.constant!]).toEqual([4]);
});

test('a second output of a node can be used without the first', async () => {
  const b = new GraphBuilder('g');
  const [, right] = split(b, b.input('x', [4]), 0, [1, 3]);
  b.output('y', right!);
  expect(await runGraph(b, { x: Float32Array.of(1, 2, 3, 4) })).toEqual({ y: Float32Array.of(2, 3, 4) });
});

test('a window whose place is known at run time only', async () => {
  const b = new GraphBuilder('g');
  const range = { start: b.input('start', [1], 'int64'), end: b.input('end', [1], 'int64'), extent: 2 };
  b.output('y', window(b, b.input('x', [2, 3]), 1, range));
  const feeds = {
    x: Float32Array.of(1, 2, 3, 4, 5, 6),
    start: BigInt64Array.of(1n),
    end: BigInt64Array.of(3n),
  };
  expect(await runGraph(b, feeds)).toEqual({ y: Float32Array.of(2, 3, 5, 6) });
  const wide = { start: b.ints([0]), end: b.ints([4]), extent: 4 };
  expect(() => window(b, b.input('z', [2, 3]), 1, wide)).toThrow(/window of 4 along axis 1 of \[2, 3\]/);
});

test('with open shapes one compiled graph serves other extents', async () => {
  const b = new GraphBuilder('g');
  b.output('y', mul(b, b.input('x', [2, 3]), b.scalar(2)));
  const session = await ort.InferenceSession.create(toOnnx(b, { openShapes: true }));
  const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2), [1, 2]) });
  expect(y?.dims).toEqual([1, 2]);
  expect(y?.data).toEqual(Float32Array.of(2, 4));
});

test('portable graphs use neither Scan nor operators of com.microsoft', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 3, 4, 6]);
  const turned = rotary(b, x, b.input('cos', [4, 3]), b.input('sin', [4, 3]));
  b.output('scores', matMul(b, turned, x, { transB: true, alpha: 0.5 }));
  const rows = [b.input('dy', [2, 4, 5]), b.input('v', [2, 4, 3])] as const;
  b.output('sum', accumulateAbsProducts(b, b.input('acc', [5, 3]), ...rows));
  const cpu = readModel(toOnnx(b, { target: 'cpu' }));
  expect(cpu.nodes).toEqual(expect.arrayContaining(['Scan', 'FusedMatMul', 'RotaryEmbedding']));
  const portable = readModel(toOnnx(b, { target: 'portable' }));
  expect(portable.domains).toEqual(['']);
  expect(portable.nodes).not.toContain('Scan');
});

test('what does not hold together is refused', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 3]);
  const other = new GraphBuilder('other').input('x', [2, 3]);
  expect(() => add(b, x, other)).toThrow(/value of another graph/);
  expect(() => add(b, x, b.ints([1]))).toThrow(/do not mix/);
  expect(() => add(b, x, b.input('z', [2, 2]))).toThrow(/\[2, 3\] and \[2, 2\] do not broadcast/);
  expect(() => matMul(b, x, x)).toThrow(/3 is not 2/);
  expect(() => reshape(b, x, [4])).toThrow(/cannot be reshaped/);
  expect(() => b.input('x', [1])).toThrow(/two inputs named 'x'/);
  expect(() => b.input('empty', [0])).toThrow(/shape \[0\]/);
  expect(() => b.output('x', x)).toThrow(/already has/);
  expect(() => toOnnx(b)).toThrow(/no outputs/);
  b.output('%0', x);
  expect(() => toOnnx(b)).toThrow(/named '%0'/);
});
