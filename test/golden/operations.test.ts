import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { accumulateAbsProducts } from '../../src/engine/graph/ops';
import { runGraph } from '../unit/graph/runGraph';
import { Golden, relativeError } from './golden';
import { goldenCaseNames, operationCase, OPERATIONS } from './operationCases';

test('the table and the golden file have the same cases', () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(goldenCaseNames().sort());
});

describe.each(['cpu', 'portable'] as const)('values and gradients against PyTorch float64, %s', (target) => {
  test.each(Object.entries(OPERATIONS))('%s', async (name, build) => {
    const { graph, feeds, differentiated, expected } = operationCase(name, build);
    expect(differentiated.length).toBeGreaterThan(0);
    const results = await runGraph(graph, feeds, target);
    for (const output of ['y', ...differentiated.map((index) => `grad${index}`)]) {
      expect(relativeError(results[output]!, expected(output)), output).toBeLessThan(2e-6);
    }
  });

  test('accumulateAbsProducts', async () => {
    const golden = new Golden('operations');
    const b = new GraphBuilder('products');
    const [acc, dy, x] = ['acc', 'dy', 'x'].map((name) =>
      b.input(name, golden.get(`products/${name}`).shape),
    );
    b.output('y', accumulateAbsProducts(b, acc!, dy!, x!));
    const feeds = Object.fromEntries(
      ['acc', 'dy', 'x'].map((name) => [name, golden.floats(`products/${name}`)]),
    );
    const { y } = await runGraph(b, feeds, target);
    expect(relativeError(y!, golden.floats('products/y'))).toBeLessThan(1e-6);
  });
});
