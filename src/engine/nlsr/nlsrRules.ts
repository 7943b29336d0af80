import type { NlsrSettings } from '../../core/run/experiment';
import { decimalFraction } from '../../core/selection/fraction';
import { selectFlat } from '../../core/selection/selectTop';

export type Rule = NlsrSettings['mode'];

/** floor(n (1 - sparsity)) in integers: what is left when that share of n is left out. */
export function remainingCount(sparsity: number, n: number): number {
  const { numerator, denominator } = decimalFraction(sparsity);
  return Number(((denominator - numerator) * BigInt(n)) / denominator);
}

/**
 * Directions of `rank` that are asked for: the paper's r (1 - sparsity), or int(r sparsity) as the script computes it,
 * in binary floats (T38: 25 and 102 of 128 at 0.8).
 */
export const directionsAsked = (rule: Rule, sparsity: number, rank: number): number =>
  rule === 'paper' ? remainingCount(sparsity, rank) : Math.floor(rank * sparsity);

/** Never none: a projection onto nothing would rank nothing. */
export const directionsKept = (rule: Rule, sparsity: number, rank: number): number =>
  Math.max(1, directionsAsked(rule, sparsity, rank));

/** Factors of A, of B and of the update: what `extrapolation`, the paper's beta, makes of the adapter (T37). */
export interface Extrapolation {
  readonly a: number;
  readonly b: number;
  /** Of the scale alpha / r, beside the other two. */
  readonly scale: number;
}

/**
 * The paper has W_e = (1 + beta) W_a - beta W_0, so with the adapter's update D = W_a - W_0 and W_0 = 0 in its
 * coordinates: D times 1 + beta. The script multiplies every LoRA tensor by 2 beta, A and B alike.
 */
export function extrapolationOf(mode: Rule, beta: number): Extrapolation {
  if (beta === 0) return { a: 1, b: 1, scale: 1 };
  return mode === 'paper' ? { a: 1, b: 1, scale: 1 + beta } : { a: 2 * beta, b: 2 * beta, scale: 1 };
}

/**
 * The region of one matrix, as packed bits. Paper: exactly the top floor(n (1 - sparsity)), ties to the lowest index.
 * Code: what is strictly greater than the value at position int(n sparsity) of the ascending scores, so one element
 * fewer without ties (T38).
 */
export function selectRegion(rule: Rule, sparsity: number, scores: Float32Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(scores.length / 8));
  if (rule === 'paper') {
    selectFlat(scores, remainingCount(sparsity, scores.length), bits, 0);
    return bits;
  }
  const threshold = scores.slice().sort()[Math.floor(scores.length * sparsity)] ?? Infinity;
  scores.forEach((score, index) => {
    if (score > threshold) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  });
  return bits;
}
