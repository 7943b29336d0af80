import { seededRandom } from './random';

/**
 * `count` of the numbers 0 .. total-1, each subset equally likely: the first `count` steps of a Fisher-Yates
 * shuffle. They come in ascending order, so that the samples of a run are in the order of the source whatever the
 * seed; only which rows are taken depends on it. The same seed and total give the same numbers.
 */
export function drawSample(total: number, count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = Uint32Array.from({ length: total }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + random.below(total - i);
    const chosen = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = chosen;
  }
  return [...order.subarray(0, count).sort()];
}
