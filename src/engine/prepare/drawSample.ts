import { seededRandom } from '../../core/stats/random';

/**
 * `count` of the numbers 0 .. total-1 in random order, each order equally likely: the first `count` steps of a
 * Fisher-Yates shuffle. The same seed and total give the same numbers, and a larger count the same ones first.
 */
export function drawOrder(total: number, count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: total }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(total - i);
    const chosen = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = chosen;
  }
  return [...order.subarray(0, count)];
}

/**
 * The numbers of `drawOrder` in ascending order, so that the samples of a run are in the order of the source
 * whatever the seed; only which rows are taken depends on it.
 */
export function drawSample(total: number, count: number, seed: number): number[] {
  return drawSamples(total, count, seed, 1).flat();
}

/** The same several times, each without the numbers of those before; the first is what `drawSample` gives. */
export function drawSamples(total: number, count: number, seed: number, draws: number): number[][] {
  const order = drawOrder(total, draws * count, seed);
  return Array.from({ length: draws }, (_, draw) =>
    order.slice(draw * count, (draw + 1) * count).sort((a, b) => a - b),
  );
}
