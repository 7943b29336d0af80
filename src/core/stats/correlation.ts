/**
 * Pearson's r of equally many values, by centred sums; null with fewer than 2 pairs or where one side is constant.
 */
export function pearson(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) throw new RangeError(`${x.length} and ${y.length} values`);
  if (x.length < 2) return null;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, i) => {
    const [dx, dy] = [value - meanX, (y[i] ?? 0) - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  const scale = Math.sqrt(xx * yy);
  // What centring leaves of equal values is rounding, not spread.
  const isConstant = isRounding(xx, x, meanX) || isRounding(yy, y, meanY);
  return isConstant || scale === 0 ? null : Math.max(-1, Math.min(1, xy / scale));
}

/** Spearman's rho: Pearson's r of the ranks, equal values sharing the mean of theirs. */
export const spearman = (x: readonly number[], y: readonly number[]): number | null =>
  pearson(ranks(x), ranks(y));

/** From 1; equal values get the mean of the ranks that they take. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranked = new Array<number>(values.length).fill(0);
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[begin] ?? 0]) end++;
    for (const i of order.slice(begin, end)) ranked[i] = (begin + 1 + end) / 2;
    begin = end;
  }
  return ranked;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const isRounding = (squares: number, values: readonly number[], centre: number): boolean =>
  squares <= values.length * (4 * Number.EPSILON * Math.abs(centre)) ** 2;
