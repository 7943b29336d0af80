import { decimalFraction, topCount } from './fraction';
import { selectRows } from './selectTop';

/**
 * For every prompt the top floor(f n) of its n importances, lowest index on ties; adds 1 to the count of each kept.
 * @param importances shape (prompts, n)
 * @throws RangeError where the sizes do not fit each other
 */
export function countKept(
  importances: Float32Array,
  prompts: number,
  keepFraction: number,
  counts: Int32Array,
): void {
  const n = counts.length;
  const bits = new Uint8Array(Math.ceil((prompts * n) / 8));
  selectRows(importances, prompts, n, topCount(keepFraction, n), bits, 0);
  for (let prompt = 0, bit = 0; prompt < prompts; prompt++) {
    for (let neuron = 0; neuron < n; neuron++, bit++) {
      counts[neuron] = (counts[neuron] as number) + (((bits[bit >>> 3] as number) >>> (bit & 7)) & 1);
    }
  }
}

/** Least number of prompts that is at least the share t of all: ceil(t N), in integers; t = 1 is the intersection. */
export function promptsNeeded(promptShare: number, prompts: number): number {
  const { numerator, denominator } = decimalFraction(promptShare);
  return Number((numerator * BigInt(prompts) + denominator - 1n) / denominator);
}

/** Ascending indices of the neurons that at least `needed` prompts kept. */
export function keptByEnough(counts: Int32Array, needed: number): number[] {
  return [...counts.keys()].filter((neuron) => (counts[neuron] ?? 0) >= needed);
}
