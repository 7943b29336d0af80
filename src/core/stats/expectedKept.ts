export interface RandomKeeping {
  /** Neurons that there are. */
  readonly neurons: number;
  /** Kept for each prompt. */
  readonly kept: number;
  readonly prompts: number;
  /** Prompts that must keep a neuron; all of them for the intersection. */
  readonly needed: number;
}

/**
 * Size that a set would have if every prompt kept its neurons at random, independently: N P(X >= needed),
 * X ~ Bin(prompts, kept / N); for the intersection N (kept / N)^prompts (T24). Beside it, how many prompts there were
 * shows: two sets from different numbers of prompts differ in size for that reason alone.
 */
export function expectedKept({ neurons, kept, prompts, needed }: RandomKeeping): number {
  if (needed <= 0) return neurons;
  if (kept <= 0 || neurons <= 0) return 0;
  const p = kept / neurons;
  if (p >= 1) return neurons;
  // Logarithms of the terms: p^prompts of a thousand prompts is below the least double.
  let logTerm = prompts * Math.log(p);
  let sum = Math.exp(logTerm);
  for (let hits = prompts; hits > needed; hits--) {
    logTerm += Math.log(hits / (prompts - hits + 1)) + Math.log((1 - p) / p);
    sum += Math.exp(logTerm);
  }
  return neurons * Math.min(1, sum);
}
