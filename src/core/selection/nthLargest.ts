const SMALL = 48;
const BITS = 10;
const DIGIT = (1 << BITS) - 1;

/**
 * Exact selection among the values 0 .. 2^20-1 of a histogram's winning bin. Few values, the usual case, are
 * sorted in place; many (ties, or one bin that holds all) go through two counting passes of ten bits, so no input
 * is worse than linear.
 */
export class NthLargest {
  private readonly counts = new Uint32Array(DIGIT + 1);

  /** The n-th largest (from 1) of the first `count` values, whose order may change. 1 <= n <= count. */
  find(values: Uint32Array, count: number, n: number): number {
    return count <= SMALL ? this.bySorting(values, count, n) : this.byCounting(values, count, n);
  }

  private bySorting(values: Uint32Array, count: number, n: number): number {
    for (let i = 1; i < count; i++) {
      const value = values[i] as number;
      let j = i - 1;
      for (; j >= 0 && (values[j] as number) < value; j--) values[j + 1] = values[j] as number;
      values[j + 1] = value;
    }
    return values[n - 1] as number;
  }

  private byCounting(values: Uint32Array, count: number, n: number): number {
    const counts = this.counts;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      const digit = (values[i] as number) >>> BITS;
      counts[digit] = (counts[digit] as number) + 1;
    }
    let upper = DIGIT;
    for (; n > (counts[upper] as number); upper--) n -= counts[upper] as number;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      const value = values[i] as number;
      if (value >>> BITS === upper) counts[value & DIGIT] = (counts[value & DIGIT] as number) + 1;
    }
    let lower = DIGIT;
    for (; n > (counts[lower] as number); lower--) n -= counts[lower] as number;
    return (upper << BITS) | lower;
  }
}
