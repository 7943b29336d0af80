import type { BitKernel } from './bitKernel';

/**
 * Counts how many of the sets hold each unit, many units at once: slice j has, for every unit, bit j of its count, and
 * a set is added as a binary number with a carry is. Of R sets that takes about 3 R log2 R operations on whole blocks.
 */
export class HeldByCounter {
  private readonly slices: readonly number[];
  private readonly carries: readonly [number, number];
  private readonly joined: readonly number[];

  /** @param first of `HeldByCounter.blocks(sets)` blocks of the kernel that are this counter's alone */
  constructor(
    private readonly kernel: BitKernel,
    private readonly sets: number,
    first: number,
  ) {
    const slices = slicesFor(sets);
    const from = (start: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => start + i);
    this.slices = from(first, slices);
    this.joined = from(first + slices, slices);
    this.carries = [first + 2 * slices, first + 2 * slices + 1];
  }

  static blocks(sets: number): number {
    return 2 * slicesFor(sets) + 2;
  }

  /**
   * Adds to entry k - 1 of `heldBy` the units that exactly k of the sets hold, k >= 1.
   * @param sets their blocks: 0 to `sets` - 1
   */
  count(heldBy: Float64Array, length: number): void {
    let used = 0;
    for (let set = 0; set < this.sets; set++) used = this.add(set, used, length);
    // Units of whose count at least the bits of `mask` are set; those with exactly them follow by subtraction.
    const counts = new Float64Array(2 ** used);
    this.countMasks(counts, used, 0, -1, 0, length);
    for (let bit = 1; bit < counts.length; bit *= 2) {
      for (let mask = 0; mask < counts.length; mask++) {
        if ((mask & bit) === 0) counts[mask] = (counts[mask] ?? 0) - (counts[mask | bit] ?? 0);
      }
    }
    for (let k = 1; k <= this.sets; k++) heldBy[k - 1] = (heldBy[k - 1] ?? 0) + (counts[k] ?? 0);
  }

  /** @returns slices in use after `set` was added, `used` of them being so before */
  private add(set: number, used: number, length: number): number {
    const { kernel, slices, carries } = this;
    const needed = slicesFor(set + 1);
    let carry = set;
    for (let j = 0; j < needed; j++) {
      const slice = slices[j] as number;
      if (j >= used) {
        kernel.or(slice, carry, carry, length);
        return needed;
      }
      const next = carries[j % 2] as number;
      kernel.and(next, slice, carry, length);
      kernel.or(slice, slice, carry, length);
      kernel.andNot(slice, slice, next, length);
      carry = next;
    }
    return needed;
  }

  /** Popcounts of the AND of every choice of slices, each made of the one before by one operation. */
  private countMasks(
    counts: Float64Array,
    used: number,
    from: number,
    block: number,
    mask: number,
    length: number,
  ): void {
    for (let j = from; j < used; j++) {
      const slice = this.slices[j] as number;
      let joined = slice;
      if (block !== -1) {
        joined = this.joined[j] as number;
        this.kernel.and(joined, block, slice, length);
      }
      const wider = mask | (1 << j);
      counts[wider] = this.kernel.popcount(joined, length);
      this.countMasks(counts, used, j + 1, joined, wider, length);
    }
  }
}

/** Bits of a count of up to `sets`. */
const slicesFor = (sets: number): number => 32 - Math.clz32(sets);
