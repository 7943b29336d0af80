/**
 * How many units how many of R sets hold: what the sets have in common, without any order among them. `heldBy` has
 * R + 1 entries, entry k the units that exactly k sets hold.
 */

export interface OrderFreeCurves {
  /** Mean |AND| of n of the sets over mean |OR|, over all choices of n: what all orders give together. */
  readonly jaccard: (number | null)[];
  /** Mean |AND| of n of the sets over the mean size: of a set's units, the share that n sets hold together. */
  readonly common: (number | null)[];
}

/**
 * Of the C(R, n) choices of n sets, C(k, n) are all among the k that hold a unit and C(R - k, n) all among the others,
 * so that the means over all choices (and so over all R! orders) follow exactly:
 * |AND_n| = sum_k h_k C(k, n) / C(R, n), |OR_n| = sum_k h_k (1 - C(R - k, n) / C(R, n)).
 */
export function orderFreeCurves(heldBy: readonly number[]): OrderFreeCurves {
  const sets = heldBy.length - 1;
  const and = new Float64Array(sets + 1);
  const or = new Float64Array(sets + 1);
  for (const [k, units] of heldBy.entries()) {
    let [all, none] = [1, 1];
    for (let n = 1; n <= sets; n++) {
      all *= Math.max(0, k - n + 1) / (sets - n + 1);
      none *= Math.max(0, sets - k - n + 1) / (sets - n + 1);
      and[n] = (and[n] ?? 0) + units * all;
      or[n] = (or[n] ?? 0) + units * (1 - none);
    }
  }
  const over = (count: number, whole: number): number | null => (whole === 0 ? null : count / whole);
  const size = and[1] ?? 0;
  // One set is its own union, which rounding must not deny.
  or[1] = size;
  return {
    jaccard: Array.from(and.slice(1), (count, n) => over(count, or[n + 1] ?? 0)),
    common: Array.from(and.slice(1), (count) => over(count, size)),
  };
}

/** Chances that a unit is in exactly 0, 1, ... of the sets, independent ones (Poisson's binomial distribution). */
export function countDistribution(chances: readonly number[]): number[] {
  let at = [1];
  for (const chance of chances) {
    const next = new Array<number>(at.length + 1).fill(0);
    for (const [k, mass] of at.entries()) {
      next[k] = (next[k] ?? 0) + mass * (1 - chance);
      next[k + 1] = (next[k + 1] ?? 0) + mass * chance;
    }
    at = next;
  }
  return at;
}

/** Expected `heldBy` of independent sets of these sizes among `universe` units. */
export function expectedHeldBy(universe: number, sizes: readonly number[]): number[] {
  const chances = sizes.map((size) => (size === 0 ? 0 : size / universe));
  return countDistribution(chances).map((chance) => chance * universe);
}

/** The same of intervals, each placed uniformly where it fits: the middle layers are in more of them. */
export function expectedIntervalHeldBy(layers: number, lengths: readonly number[]): number[] {
  const heldBy = new Array<number>(lengths.length + 1).fill(0);
  for (let layer = 0; layer < layers; layer++) {
    const chances = lengths.map((length) => {
      const places = Math.min(layer, layers - length) - Math.max(0, layer - length + 1) + 1;
      return Math.max(0, places) / (layers - length + 1);
    });
    for (const [k, chance] of countDistribution(chances).entries()) heldBy[k] = (heldBy[k] ?? 0) + chance;
  }
  return heldBy;
}
