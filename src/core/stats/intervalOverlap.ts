/**
 * What intervals of layers give by chance: intervals of fixed lengths w_1 .. w_n, each placed independently and
 * uniformly among the L - w_i + 1 places where it fits.
 */

/**
 * E[ |AND| / |OR| ], exactly. null where all are empty (undefined), 0 where some are.
 *
 * Only placements with a common unit count, and the union of those is an interval. With c_i(t; m) the number of
 * places of interval i inside m units that hold unit t of them, G(m) = sum over t of product_i c_i(t; m) is the sum
 * of |AND| over all placements inside those m units; those whose union is all m of them give
 * G(m) - 2 G(m - 1) + G(m - 2), and there are L - m + 1 places for the m units. So
 * E = sum over m of (L - m + 1) (G(m) - 2 G(m - 1) + G(m - 2)) / m / product_i (L - w_i + 1).
 * @throws RangeError unless every 0 <= w_i <= L
 */
export function expectedIntervalJaccard(layers: number, lengths: readonly number[]): number | null {
  checkLengths(layers, lengths);
  if (lengths.every((length) => length === 0)) return null;
  if (lengths.includes(0)) return 0;
  if (lengths.length === 1) return 1;
  return overUnions(layers, (m) => commonInside(m, layers, lengths));
}

/** @param inside G(m), each interval's places divided by those it has among all layers */
function overUnions(layers: number, inside: (m: number) => number): number {
  let [before, last, sum] = [0, 0, 0];
  for (let m = 1; m <= layers; m++) {
    const within = inside(m);
    sum += ((layers - m + 1) * (within - 2 * last + before)) / m;
    [before, last] = [last, within];
  }
  // Differences of nearly equal sums: what should be 0 or 1 may come out a rounding outside of them.
  return Math.min(1, Math.max(0, sum));
}

/** The n-way expectation as intervals are added one by one. */
export function expectedIntervalJaccardCurve(layers: number, lengths: readonly number[]): (number | null)[] {
  return lengths.map((_, last) => expectedIntervalJaccard(layers, lengths.slice(0, last + 1)));
}

/**
 * Entry n - 1: the mean of the expectation over all choices of n of the intervals (and so over all orders), exactly. The sum
 * over choices of products is an elementary symmetric polynomial, taken in the place of the product. Choices of empty
 * intervals alone are undefined and left out.
 * @throws RangeError unless every 0 <= w_i <= L
 */
export function expectedIntervalJaccardOfChoices(
  layers: number,
  lengths: readonly number[],
): (number | null)[] {
  checkLengths(layers, lengths);
  const placed = lengths.filter((length) => length > 0);
  const empty = lengths.length - placed.length;
  const inside = Array.from({ length: layers }, (_, i) => choicesInside(i + 1, layers, placed));
  return lengths.map((_, i) => {
    const n = i + 1;
    const choices = binomial(lengths.length, n) - binomial(empty, n);
    if (choices === 0) return null;
    // One interval is its own union; with an empty one in it a choice has nothing in common.
    if (n === 1) return 1;
    return n > placed.length ? 0 : overUnions(layers, (m) => (inside[m - 1]?.[n] ?? 0) / choices);
  });
}

/** Entry n: G(m) of every choice of n intervals, added up. */
function choicesInside(m: number, layers: number, lengths: readonly number[]): number[] {
  const sums = new Array<number>(lengths.length + 1).fill(0);
  for (let t = 0; t < m; t++) {
    const products = [1, ...lengths.map(() => 0)];
    for (const length of lengths) {
      const share = shareOfPlaces(t, m, layers, length);
      for (let n = lengths.length; n > 0; n--) {
        products[n] = (products[n] ?? 0) + share * (products[n - 1] ?? 0);
      }
    }
    for (const [n, product] of products.entries()) sums[n] = (sums[n] ?? 0) + product;
  }
  return sums;
}

function binomial(of: number, n: number): number {
  let choices = of < n ? 0 : 1;
  for (let i = 1; i <= n; i++) choices = (choices * (of - n + i)) / i;
  return choices;
}

/** E|A and B|, exactly: sum over units of the product of the chances to hold it. */
export function expectedIntervalIntersection(layers: number, lengths: readonly number[]): number {
  checkLengths(layers, lengths);
  return lengths.includes(0) ? 0 : commonInside(layers, layers, lengths);
}

/** G(m), each interval's places divided by those it has among all layers, so that products stay small. */
function commonInside(m: number, layers: number, lengths: readonly number[]): number {
  let sum = 0;
  for (let t = 0; t < m; t++) {
    let product = 1;
    for (const length of lengths) product *= shareOfPlaces(t, m, layers, length);
    sum += product;
  }
  return sum;
}

/** c_i(t; m) of the places that the interval has among all layers. */
function shareOfPlaces(t: number, m: number, layers: number, length: number): number {
  const places = Math.max(0, Math.min(t, m - length) - Math.max(0, t - length + 1) + 1);
  return places / (layers - length + 1);
}

function checkLengths(layers: number, lengths: readonly number[]): void {
  const bad = lengths.find((length) => !Number.isSafeInteger(length) || length < 0 || length > layers);
  if (bad !== undefined) throw new RangeError(`No interval of ${bad} lies in ${layers} layers.`);
}
