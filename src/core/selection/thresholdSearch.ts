import { INFINITY_BITS, bitPatterns, orderKey } from './orderKey';

const HALF = 0x10000;

/**
 * Exact top k of scores that do not fit in memory, three times over the same chunks in the same order:
 *
 *     const search = new ThresholdSearch(k);
 *     for each chunk: search.countUpper(chunk)     // 1: histogram of the keys' upper 16 bits
 *     for each chunk: search.countLower(chunk)     // 2: lower 16 bits, of the winning bin only
 *     for each chunk: search.mark(chunk, bits, firstBit)
 *
 * Order and ties are those of `selectRows`; "lowest index first" is the order of chunks and of elements in them.
 */
export class ThresholdSearch {
  private phase: 'upper' | 'lower' | 'mark' = 'upper';
  /** Counts of one chunk; added to the doubles of `totals`, which are exact up to 2^53. */
  private readonly counts = new Uint32Array(HALF);
  private readonly totals = new Float64Array(HALF);
  private needed: number;
  private upper = 0;
  private thresholdKey = 0;

  constructor(k: number) {
    if (!Number.isSafeInteger(k) || k < 0) throw new RangeError(`The top ${k} cannot be searched for.`);
    this.needed = k;
  }

  countUpper(chunk: Float32Array): void {
    if (this.phase !== 'upper') throw new RangeError('The first pass is over.');
    const { counts } = this;
    const patterns = bitPatterns(chunk);
    for (let i = 0; i < patterns.length; i++) {
      const pattern = patterns[i] as number;
      const key = pattern >>> 0 <= INFINITY_BITS ? pattern : orderKey(pattern);
      const bin = (key >> 16) + HALF / 2;
      counts[bin] = (counts[bin] as number) + 1;
    }
    this.addCounts();
  }

  countLower(chunk: Float32Array): void {
    if (this.phase === 'upper') {
      this.upper = this.takeWinner() - HALF / 2;
      this.phase = 'lower';
    }
    if (this.phase !== 'lower') throw new RangeError('The second pass is over.');
    const { counts, upper } = this;
    const patterns = bitPatterns(chunk);
    for (let i = 0; i < patterns.length; i++) {
      const pattern = patterns[i] as number;
      const key = pattern >>> 0 <= INFINITY_BITS ? pattern : orderKey(pattern);
      if (key >> 16 === upper) counts[key & 0xffff] = (counts[key & 0xffff] as number) + 1;
    }
    this.addCounts();
  }

  /**
   * Sets the bits of the chunk's selected scores, from bit `firstBit` on; `bits` are zero there. Returns how many.
   */
  mark(chunk: Float32Array, bits: Uint8Array, firstBit: number): number {
    if (this.phase === 'upper') throw new RangeError('The second pass has not been made.');
    if (this.phase === 'lower') {
      this.thresholdKey = (this.upper << 16) | this.takeWinner();
      this.phase = 'mark';
    }
    if (firstBit + chunk.length > bits.length * 8)
      throw new RangeError('The bits have no room for the chunk.');
    const patterns = bitPatterns(chunk);
    const threshold = this.thresholdKey;
    const firstByte = Math.floor(firstBit / 8);
    const shift = firstBit - firstByte * 8;
    let ties = this.needed;
    let marked = 0;
    for (let i = 0; i < patterns.length; i++) {
      const pattern = patterns[i] as number;
      const key = pattern >>> 0 <= INFINITY_BITS ? pattern : orderKey(pattern);
      if (key < threshold) continue;
      if (key === threshold && ties-- <= 0) continue;
      const bit = shift + i;
      bits[firstByte + (bit >>> 3)] = (bits[firstByte + (bit >>> 3)] as number) | (1 << (bit & 7));
      marked++;
    }
    this.needed = Math.max(ties, 0);
    return marked;
  }

  private addCounts(): void {
    const { counts, totals } = this;
    for (let bin = 0; bin < HALF; bin++) totals[bin] = (totals[bin] as number) + (counts[bin] as number);
    counts.fill(0);
  }

  /** The bin of the needed-th largest; `needed` becomes the number still to take from inside it. */
  private takeWinner(): number {
    const { totals } = this;
    let bin = HALF - 1;
    for (; bin >= 0 && (totals[bin] as number) < this.needed; bin--) this.needed -= totals[bin] as number;
    if (bin < 0) throw new RangeError('Fewer scores were given than shall be selected.');
    totals.fill(0);
    return bin;
  }
}
