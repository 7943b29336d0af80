import { expect, test } from 'vitest';

import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { cachedAttention } from '../../../src/engine/graph/ops';
import { compileProgram, type Tensor } from '../../../src/engine/ort/runtime';
import { mulberry } from './randomModel';

interface Case {
  readonly heads: number;
  readonly kvHeads: number;
  readonly width: number;
  readonly softCap: number;
  readonly window: number;
}

const CAPACITY = 12;
const POSITIONS = [0, 11, 3, 7];
const BATCH = POSITIONS.length;
const SCALE = 0.3;

test.each<[string, Case]>([
  ['a key head a query head', { heads: 2, kvHeads: 2, width: 8, softCap: 0, window: -1 }],
  ['grouped', { heads: 6, kvHeads: 2, width: 16, softCap: 0, window: -1 }],
  ['a width between powers of two', { heads: 2, kvHeads: 1, width: 24, softCap: 0, window: -1 }],
  ['capped scores', { heads: 4, kvHeads: 2, width: 8, softCap: 1.5, window: -1 }],
  ['a window', { heads: 4, kvHeads: 2, width: 8, softCap: 0, window: 4 }],
  ['a window of one', { heads: 2, kvHeads: 1, width: 8, softCap: 0, window: 1 }],
  ['capped in a window', { heads: 2, kvHeads: 1, width: 8, softCap: 2, window: 3 }],
])('ragged positions, %s', async (_, shape) => {
  const { heads, kvHeads, width } = shape;
  const random = mulberry(5);
  const tensor = (dims: number[]): Tensor & { data: Float32Array } => ({
    data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 4 * random() - 2),
    dims,
  });
  const feeds = {
    q: tensor([BATCH, 1, heads * width]),
    k: tensor([BATCH, 1, kvHeads * width]),
    v: tensor([BATCH, 1, kvHeads * width]),
    pastK: tensor([BATCH, kvHeads, CAPACITY, width]),
    pastV: tensor([BATCH, kvHeads, CAPACITY, width]),
    position: { data: BigInt64Array.from(POSITIONS, BigInt), dims: [BATCH] },
  };
  const before = { k: feeds.pastK.data.slice(), v: feeds.pastV.data.slice() };

  const context = tensor([BATCH, 1, heads * width]);
  const program = await compileProgram(graph(shape), { threads: 1 }, { openShapes: true });
  await program.run(feeds, { context, presentK: feeds.pastK, presentV: feeds.pastV });
  await program.release();

  expect(largestDifference(context.data, expectedContext(feeds, shape))).toBeLessThan(2e-6);
  for (const [past, fresh, earlier] of [
    [feeds.pastK, feeds.k, before.k],
    [feeds.pastV, feeds.v, before.v],
  ] as const) {
    expect([...past.data]).toEqual([...withNew(earlier, fresh.data, shape)]);
  }
});

function graph({ softCap, window, ...shape }: Case): GraphBuilder {
  const { heads, kvHeads, width } = shape;
  const b = new GraphBuilder('cachedAttention');
  const cache = [BATCH, kvHeads, 1, width];
  const result = cachedAttention(
    b,
    [
      b.input('q', [BATCH, 1, heads * width]),
      b.input('k', [BATCH, 1, kvHeads * width]),
      b.input('v', [BATCH, 1, kvHeads * width]),
      b.input('pastK', cache),
      b.input('pastV', cache),
      b.input('position', [BATCH], 'int64'),
    ],
    { heads, kvHeads, scale: SCALE, softCap, window },
  );
  b.output('context', result.context);
  b.output('presentK', result.k);
  b.output('presentV', result.v);
  return b;
}

/** The new row of each sample at its position, everything else as it was. */
function withNew(earlier: Float32Array, fresh: Float32Array, { kvHeads, width }: Case): Float32Array {
  const cache = earlier.slice();
  POSITIONS.forEach((position, sample) => {
    for (let head = 0; head < kvHeads; head++) {
      const row = sample * kvHeads + head;
      cache.set(fresh.subarray(row * width, (row + 1) * width), (row * CAPACITY + position) * width);
    }
  });
  return cache;
}

/** softmax(cap tanh(scale q k^T / cap)) v over the positions that the new one sees, in float64, from the definition. */
function expectedContext(
  feeds: Record<'q' | 'k' | 'v' | 'pastK' | 'pastV', { readonly data: Float32Array }>,
  shape: Case,
): number[] {
  const { heads, kvHeads, width, softCap, window } = shape;
  const keys = withNew(feeds.pastK.data, feeds.k.data, shape);
  const values = withNew(feeds.pastV.data, feeds.v.data, shape);
  return POSITIONS.flatMap((position, sample) =>
    Array.from({ length: heads }, (_, head) => head).flatMap((head) => {
      const q = feeds.q.data.subarray((sample * heads + head) * width, (sample * heads + head + 1) * width);
      const row = sample * kvHeads + Math.floor(head / (heads / kvHeads));
      const first = window < 0 ? 0 : Math.max(0, position - window + 1);
      const seen = Array.from({ length: position + 1 - first }, (_, at) => first + at);
      const scores = seen.map((at) => {
        const s = SCALE * q.reduce((sum, x, d) => sum + x * keys[(row * CAPACITY + at) * width + d]!, 0);
        return softCap > 0 ? softCap * Math.tanh(s / softCap) : s;
      });
      const weights = scores.map((s) => Math.exp(s - Math.max(...scores)));
      const total = weights.reduce((a, b) => a + b, 0);
      return Array.from({ length: width }, (_, d) =>
        seen.reduce(
          (sum, at, i) => sum + (weights[i]! / total) * values[(row * CAPACITY + at) * width + d]!,
          0,
        ),
      );
    }),
  );
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, index) => Math.abs(x - b[index]!)));
