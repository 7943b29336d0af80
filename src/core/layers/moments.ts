/** @param ddof divisor of the variance is n - ddof; the sd of fewer than ddof + 1 values is 0 */
export function meanAndSd(values: ArrayLike<number>, ddof: 0 | 1 = 0): { mean: number; sd: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const squares = all.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: all.length > ddof ? Math.sqrt(squares / (all.length - ddof)) : 0 };
}
