import { NthLargest } from './nthLargest';
import { INFINITY_BITS, bitPatterns, orderKey } from './orderKey';
import { ThresholdSearch } from './thresholdSearch';

/** A key's upper 12 bits are its bin: sign, exponent and three bits of mantissa, so eight bins an octave. */
const BIN_SHIFT = 20;
const BINS = 1 << (32 - BIN_SHIFT);
const BIN_OF_ZERO = BINS / 2;
const LOW_MASK = (1 << BIN_SHIFT) - 1;

/**
 * The top `kPerRow` of every row: highest score first, ties to the lowest index, NaN after every number, -0 tied
 * with +0. Sets exactly kPerRow bits a row and touches no other.
 * @param scores shape (rows, cols), row-major
 * @param bits bit i of the whole is bit i % 8 of byte i >> 3; zero where this call writes
 * @param firstBit where element (0, 0) goes; any integer >= 0
 * @throws RangeError where the sizes do not fit each other
 */
export function selectRows(
  scores: Float32Array,
  rows: number,
  cols: number,
  kPerRow: number,
  bits: Uint8Array,
  firstBit: number,
): void {
  if (rows * cols !== scores.length)
    throw new RangeError(`${rows} x ${cols} is not ${scores.length} scores.`);
  checkRoom(scores.length, bits, firstBit);
  checkCount(kPerRow, cols);
  if (kPerRow === 0) return;
  const selector = new RowSelector(bitPatterns(scores), cols, bits);
  for (let row = 0; row < rows; row++) selector.select(row * cols, kPerRow, firstBit + row * cols);
}

/** As `selectRows`, with all scores as one group: the top k of a matrix. */
export function selectFlat(scores: Float32Array, k: number, bits: Uint8Array, firstBit: number): void {
  checkRoom(scores.length, bits, firstBit);
  checkCount(k, scores.length);
  if (k === 0) return;
  const search = new ThresholdSearch(k);
  search.countUpper(scores);
  search.countLower(scores);
  search.mark(scores, bits, firstBit);
}

function checkCount(k: number, n: number): void {
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new RangeError(`The top ${k} of ${n} scores do not exist.`);
}

function checkRoom(n: number, bits: Uint8Array, firstBit: number): void {
  if (!Number.isSafeInteger(firstBit) || firstBit < 0 || firstBit + n > bits.length * 8) {
    throw new RangeError(`${bits.length} bytes have no room for ${n} bits from bit ${firstBit}.`);
  }
}

/**
 * One row in two passes: a histogram finds the bin in which the k-th largest lies, the second pass collects what
 * is in that bin or above (little more than k elements), and only the bin's own elements are settled exactly.
 * Patterns of non-negative numbers are their own keys and are read in place; a row with anything else is
 * translated into `rowKeys` first.
 */
class RowSelector {
  private readonly histogram = new Uint32Array(BINS);
  private readonly chosen: Int32Array;
  private readonly rowKeys: Int32Array;
  private readonly lows: Uint32Array;
  private readonly nthLargest = new NthLargest();

  constructor(
    private readonly patterns: Int32Array,
    private readonly cols: number,
    private readonly bits: Uint8Array,
  ) {
    // One more: the branchless collection writes before it knows whether it keeps.
    this.chosen = new Int32Array(cols + 1);
    this.rowKeys = new Int32Array(cols);
    this.lows = new Uint32Array(cols);
  }

  select(start: number, k: number, firstBit: number): void {
    const { patterns, rowKeys, cols } = this;
    let keys = patterns;
    let range = this.count(keys, start);
    if (range.lowest < 0 || range.highest > INFINITY_BITS) {
      for (let i = 0; i < cols; i++) rowKeys[i] = orderKey(patterns[start + i] as number);
      this.clear(range);
      keys = rowKeys;
      start = 0;
      range = this.count(keys, start);
    }
    const { bin, above } = this.findBin(k, range);
    this.clear(range);
    const binFloor = (bin - BIN_OF_ZERO) << BIN_SHIFT;
    const collected = this.collect(keys, start, binFloor, range);
    // Byte of the row's first bit, so that the bit arithmetic below stays within 32 bits.
    const firstByte = Math.floor(firstBit / 8);
    const place = { firstByte, shift: firstBit - firstByte * 8 };
    const inBin = this.markAbove(keys, start, collected, binFloor + LOW_MASK, place);
    this.markInBin(keys, start, inBin, k - above, place);
  }

  /** Adds the row to the histogram. */
  private count(keys: Int32Array, start: number): KeyRange {
    const { histogram, cols } = this;
    const end = start + cols;
    let highest = -0x80000000;
    let lowest = 0x7fffffff;
    for (let i = start; i < end; i++) {
      const key = keys[i] as number;
      if (key > highest) highest = key;
      if (key < lowest) lowest = key;
      const bin = (key >> BIN_SHIFT) + BIN_OF_ZERO;
      histogram[bin] = (histogram[bin] as number) + 1;
    }
    return { lowest, highest };
  }

  private clear({ lowest, highest }: KeyRange): void {
    this.histogram.fill(0, (lowest >> BIN_SHIFT) + BIN_OF_ZERO, (highest >> BIN_SHIFT) + BIN_OF_ZERO + 1);
  }

  /** The bin of the k-th largest key, and how many keys are in the bins above it. */
  private findBin(k: number, { highest }: KeyRange): { bin: number; above: number } {
    const { histogram } = this;
    let bin = (highest >> BIN_SHIFT) + BIN_OF_ZERO;
    let above = 0;
    for (; above + (histogram[bin] as number) < k; bin--) above += histogram[bin] as number;
    return { bin, above };
  }

  /** Indices within the row of all keys from `floor` up, ascending, into `chosen`; their number. */
  private collect(keys: Int32Array, start: number, floor: number, { lowest }: KeyRange): number {
    const { chosen, cols } = this;
    let count = 0;
    if (lowest < 0) {
      for (let i = 0; i < cols; i++) if ((keys[start + i] as number) >= floor) chosen[count++] = i;
      return count;
    }
    // Neither side is negative, so the difference fits 32 bits and its sign says which is larger: no branch, where
    // a mispredicted one costs more than all else in the loop.
    const below = floor - 1;
    for (let i = 0; i < cols; i++) {
      chosen[count] = i;
      count += (below - (keys[start + i] as number)) >>> 31;
    }
    return count;
  }

  /** Marks the collected keys above the bin and leaves the others at the front of `chosen`; their number. */
  private markAbove(
    keys: Int32Array,
    start: number,
    collected: number,
    binTop: number,
    place: BitPlace,
  ): number {
    const { chosen, lows, bits } = this;
    const { firstByte, shift } = place;
    let inBin = 0;
    for (let j = 0; j < collected; j++) {
      const i = chosen[j] as number;
      const key = keys[start + i] as number;
      if (key > binTop) {
        const bit = shift + i;
        bits[firstByte + (bit >>> 3)] = (bits[firstByte + (bit >>> 3)] as number) | (1 << (bit & 7));
      } else {
        lows[inBin] = key & LOW_MASK;
        chosen[inBin++] = i;
      }
    }
    return inBin;
  }

  /** Marks the `needed` largest of the bin, lowest index first. */
  private markInBin(keys: Int32Array, start: number, inBin: number, needed: number, place: BitPlace): void {
    const { chosen, lows, bits, nthLargest } = this;
    const { firstByte, shift } = place;
    const threshold = nthLargest.find(lows, inBin, needed);
    let ties = needed;
    for (let j = 0; j < inBin; j++) if ((lows[j] as number) > threshold) ties--;
    for (let j = 0; j < inBin; j++) {
      const i = chosen[j] as number;
      const low = (keys[start + i] as number) & LOW_MASK;
      if (low < threshold || (low === threshold && ties-- <= 0)) continue;
      const bit = shift + i;
      bits[firstByte + (bit >>> 3)] = (bits[firstByte + (bit >>> 3)] as number) | (1 << (bit & 7));
    }
  }
}

interface KeyRange {
  readonly lowest: number;
  readonly highest: number;
}

/** Bit 0 of a row is bit `shift` of byte `firstByte`. */
interface BitPlace {
  readonly firstByte: number;
  readonly shift: number;
}
