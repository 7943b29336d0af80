import { expect, test } from 'vitest';
import { operationCase, OPERATIONS } from '../../golden/operationCases';
import { openGraph, type Run } from './runGraph';

/**
 * d(sum of dy y)/d(input) for each element by central differences D(h) and D(2h), combined to
 * (4 D(h) - D(2h)) / 3, whose error is of order h^4 f'''''. y is float32: its rounding, about 1e-7 |y|, is divided
 * by h, so a large h with the higher order serves better than a small one.
 */
const STEP = 2 ** -6;

/** Points where the two arguments are equal: there is no derivative, only a convention (checked against PyTorch). */
const KINKS = new Set(['maximum.ties', 'reduceMax.ties']);

const cases = Object.entries(OPERATIONS).filter(([name]) => !KINKS.has(name));

test.each(cases)('%s', async (name, build) => {
  const { graph, feeds, differentiated } = operationCase(name, build);
  const run = await openGraph(graph);
  const results = await run(feeds);
  for (const index of differentiated) {
    const analytic = results[`grad${index}`]!;
    const input = feeds[`in${index}`] as Float32Array;
    const largest = analytic.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    for (const [element, value] of analytic.entries()) {
      const difference = async (h: number): Promise<number> => {
        const [up, down] = [input.slice(), input.slice()];
        up[element]! += h;
        down[element]! -= h;
        const [above, below] = [await loss(run, feeds, index, up), await loss(run, feeds, index, down)];
        return (above - below) / (up[element]! - down[element]!);
      };
      const numeric = (4 * (await difference(STEP)) - (await difference(2 * STEP))) / 3;
      expect(Math.abs(numeric - value) / largest, `input ${index}, element ${element}`).toBeLessThan(2e-4);
    }
  }
});

/** Sum of dy y in float64 of the float32 outputs. */
async function loss(
  run: Run,
  feeds: Parameters<Run>[0],
  index: number,
  input: Float32Array,
): Promise<number> {
  const { y } = await run({ ...feeds, [`in${index}`]: input });
  const dy = feeds.dy as Float32Array;
  return y!.reduce((sum, value, i) => sum + value * dy[i]!, 0);
}
