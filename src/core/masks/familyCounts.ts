import { createBitKernel, type BitKernel } from './bitKernel';
import { HeldByCounter } from './heldByCounter';

/**
 * Counts of a family of R sets (with or without a utility set taken out of each) within one part of the universe.
 * Everything an overlap report says follows from sums of these, whatever the units are. Doubles: exact to 2^53.
 */
export interface SetCounts {
  /** |S_a|, shape (R). */
  readonly sizes: Float64Array;
  /** |S_a and S_b|, shape (R, R), row-major, filled where a > b. */
  readonly pairs: Float64Array;
  /** Entry n - 1: |AND| and |OR| of the first n sets of the order, and of the last n. */
  readonly forwardAnd: Float64Array;
  readonly forwardOr: Float64Array;
  readonly backwardAnd: Float64Array;
  readonly backwardOr: Float64Array;
  /** Entry k - 1: units that exactly k of the sets hold. */
  readonly heldBy: Float64Array;
}

export interface FamilyCounts {
  /** Units in this part of the universe. */
  readonly units: number;
  /** |U|, null without a utility set. */
  readonly utilitySize: number | null;
  readonly plain: SetCounts;
  /** The same of S_a \ U. */
  readonly isolated: SetCounts | null;
}

const FIELDS = ['sizes', 'pairs', 'forwardAnd', 'forwardOr', 'backwardAnd', 'backwardOr', 'heldBy'] as const;

/** Small enough for ten regions and a utility set to stay in a core's cache while all pairs are counted. */
const BLOCK_BYTES = 32768;

/** Counts one module after another, with one memory. */
export class FamilyCounter {
  private readonly kernel: BitKernel;
  private readonly utilityBlock: number;
  private readonly andBlock: number;
  private readonly orBlock: number;
  private readonly heldBy: HeldByCounter;
  private readonly order: readonly number[];
  private readonly pairsOnly: boolean;

  /**
   * @param options.order in which the n-way counts take the sets, all of them; as they come where left out
   * @param options.pairsOnly leave n-way counts at 0: sizes and pairs alone take less than half the time
   */
  constructor(
    private readonly regions: number,
    options: { simd?: boolean; blockBytes?: number; order?: readonly number[]; pairsOnly?: boolean } = {},
  ) {
    this.pairsOnly = options.pairsOnly ?? false;
    this.order = options.order ?? Array.from({ length: regions }, (_, i) => i);
    if (this.order.toSorted((a, b) => a - b).some((set, i) => set !== i) || this.order.length !== regions) {
      throw new RangeError(`${this.order.join(', ')} is no order of ${regions} sets.`);
    }
    this.utilityBlock = regions;
    this.andBlock = regions + 1;
    this.orBlock = regions + 2;
    const blocks = regions + 3 + HeldByCounter.blocks(regions);
    this.kernel = createBitKernel(blocks, options.blockBytes ?? BLOCK_BYTES, options);
    this.heldBy = new HeldByCounter(this.kernel, regions, regions + 3);
  }

  /**
   * One pass over the packed sets of one module.
   * @param units in the module; all sets are ceil(units / 8) bytes, zero past the last unit
   */
  count(units: number, sets: readonly Uint8Array[], utility: Uint8Array | null): FamilyCounts {
    const { kernel } = this;
    const bytes = Math.ceil(units / 8);
    if (
      sets.length !== this.regions ||
      [...sets, ...(utility ? [utility] : [])].some((s) => s.length !== bytes)
    ) {
      throw new RangeError(`${this.regions} sets of ${bytes} bytes are expected.`);
    }
    const plain = emptyCounts(this.regions);
    const isolated = utility ? emptyCounts(this.regions) : null;
    let utilitySize = 0;
    for (let from = 0; from < bytes; from += kernel.blockBytes) {
      const length = Math.min(kernel.blockBytes, bytes - from);
      for (const [block, set] of sets.entries()) kernel.fill(block, set.subarray(from, from + length));
      this.addBlock(plain, length);
      if (!utility || !isolated) continue;
      kernel.fill(this.utilityBlock, utility.subarray(from, from + length));
      utilitySize += kernel.popcount(this.utilityBlock, length);
      for (let a = 0; a < this.regions; a++) kernel.andNot(a, a, this.utilityBlock, length);
      this.addBlock(isolated, length);
    }
    return { units, utilitySize: utility ? utilitySize : null, plain, isolated };
  }

  private addBlock(counts: SetCounts, length: number): void {
    const { kernel, regions } = this;
    for (let a = 0; a < regions; a++) {
      increase(counts.sizes, a, kernel.popcount(a, length));
      for (let b = 0; b < a; b++) increase(counts.pairs, a * regions + b, kernel.andCount(a, b, length));
    }
    if (this.pairsOnly) return;
    this.addRunning(counts.forwardAnd, counts.forwardOr, length, this.order);
    this.addRunning(counts.backwardAnd, counts.backwardOr, length, this.order.toReversed());
    this.heldBy.count(counts.heldBy, length);
  }

  private addRunning(and: Float64Array, or: Float64Array, length: number, order: readonly number[]): void {
    const { kernel, andBlock, orBlock } = this;
    for (const [n, set] of order.entries()) {
      kernel.and(andBlock, n === 0 ? set : andBlock, set, length);
      kernel.or(orBlock, n === 0 ? set : orBlock, set, length);
      increase(and, n, kernel.popcount(andBlock, length));
      increase(or, n, kernel.popcount(orBlock, length));
    }
  }
}

/** Sums over parts of the universe that do not overlap. At least one. */
export function sumFamilyCounts(parts: readonly FamilyCounts[]): FamilyCounts {
  const [first] = parts;
  if (!first) throw new RangeError('There is nothing to sum.');
  const regions = first.plain.sizes.length;
  const plain = emptyCounts(regions);
  const isolated = first.isolated ? emptyCounts(regions) : null;
  let units = 0;
  let utilitySize = 0;
  for (const part of parts) {
    units += part.units;
    utilitySize += part.utilitySize ?? 0;
    addCounts(plain, part.plain);
    if (isolated && part.isolated) addCounts(isolated, part.isolated);
  }
  return { units, utilitySize: first.utilitySize === null ? null : utilitySize, plain, isolated };
}

function emptyCounts(regions: number): SetCounts {
  return {
    sizes: new Float64Array(regions),
    pairs: new Float64Array(regions * regions),
    forwardAnd: new Float64Array(regions),
    forwardOr: new Float64Array(regions),
    backwardAnd: new Float64Array(regions),
    backwardOr: new Float64Array(regions),
    heldBy: new Float64Array(regions),
  };
}

function addCounts(into: SetCounts, from: SetCounts): void {
  for (const field of FIELDS) {
    for (const [i, value] of from[field].entries()) increase(into[field], i, value);
  }
}

function increase(counts: Float64Array, index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by;
}
