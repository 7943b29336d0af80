/**
 * What independent random regions would give: the floor beside every IoU. Regions of fixed sizes over one universe
 * (sizes are what selection fixes; for per-row selection this ignores that every row holds the same number, which
 * changes the spread, not the mean).
 */

/** Weights this far below the largest add nothing to a double, even all together. */
const NEGLIGIBLE = 1e-25;

/**
 * E[J] of two independent uniform random sets of fixed sizes a and b in a universe of N units:
 * sum over i of P(|A and B| = i) i / (a + b - i), P hypergeometric. null where both are empty (J is undefined).
 *
 * P is built outward from its mode by the ratio P(i+1)/P(i) = (a-i)(b-i) / ((i+1)(N-a-b+i+1)) and normalised by its
 * own sum, so no factorial of a large number is ever subtracted from another; terms that cannot count are left out
 * (for N = 7e9 at 5 % some 10^5 terms remain).
 * @throws RangeError unless 0 <= a, b <= N are integers
 */
export function expectedJaccard(universe: number, a: number, b: number): number | null {
  checkSize(a, universe);
  checkSize(b, universe);
  if (a + b === 0) return null;
  const least = Math.max(0, a + b - universe);
  const most = Math.min(a, b);
  const mode = Math.min(most, Math.max(least, Math.floor(((a + 1) / (universe + 2)) * (b + 1))));
  const jaccard = (i: number): number => i / (a + b - i);
  const outside = universe - a - b;
  let mass = 1;
  let sum = jaccard(mode);
  for (let i = mode, weight = 1; i < most && weight > NEGLIGIBLE; i++) {
    weight *= ((a - i) / (i + 1)) * ((b - i) / (outside + i + 1));
    mass += weight;
    sum += weight * jaccard(i + 1);
  }
  for (let i = mode, weight = 1; i > least && weight > NEGLIGIBLE; i--) {
    weight *= (i / (a - i + 1)) * ((outside + i) / (b - i + 1));
    mass += weight;
    sum += weight * jaccard(i - 1);
  }
  return sum / mass;
}

/**
 * n-way IoU of independent regions at densities q_i, the ratio of expectations:
 * product q_i / (1 - product (1 - q_i)), which for equal densities is q^n / (1 - (1 - q)^n). null where all are empty.
 */
export function independentJaccard(densities: readonly number[]): number | null {
  let logNone = 0;
  let all = 1;
  for (const q of densities) {
    all *= q;
    logNone += Math.log1p(-q);
  }
  // 1 - exp(x) loses every digit at small densities; expm1 does not.
  const any = -Math.expm1(logNone);
  return any === 0 ? null : all / any;
}

/** The n-way floor as regions are added one by one; entry 0 is the first region with itself: 1. */
export function independentJaccardCurve(densities: readonly number[]): (number | null)[] {
  return densities.map((q, last) => {
    if (last === 0) return q === 0 ? null : 1;
    return independentJaccard(densities.slice(0, last + 1));
  });
}

/** E[Dice] of fixed sizes, exactly: E|A and B| = ab/N, and a + b does not vary. */
export function expectedDice(universe: number, a: number, b: number): number | null {
  return a + b === 0 ? null : (2 * (a / universe) * b) / (a + b);
}

/** E[|A and B| / min(a, b)] of fixed sizes, exactly: max(a, b) / N. null where one is empty. */
export function expectedOverlapCoefficient(universe: number, a: number, b: number): number | null {
  return Math.min(a, b) === 0 ? null : Math.max(a, b) / universe;
}

function checkSize(size: number, universe: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || !(size <= universe)) {
    throw new RangeError(`No region of ${size} units lies in a universe of ${universe}.`);
  }
}
