import { createBitKernel, type BitKernel } from './bitKernel';

/** Packed bit sets: unit i is bit i % 8 of byte i >> 3. Bits past the last unit are zero. */
const BLOCK_BYTES = 65536;

/** Made on first use, so that importing this costs nothing. */
let shared: BitKernel | undefined;
const sharedKernel = (): BitKernel => (shared ??= createBitKernel(2, BLOCK_BYTES));

export const bytesFor = (units: number): number => Math.ceil(units / 8);

/** |A| */
export function popcount(a: Uint8Array, kernel: BitKernel = sharedKernel()): number {
  let count = 0;
  for (let from = 0; from < a.length; from += kernel.blockBytes) {
    const block = a.subarray(from, from + kernel.blockBytes);
    kernel.fill(0, block);
    count += kernel.popcount(0, block.length);
  }
  return count;
}

/** |A and B| @throws RangeError where the lengths differ */
export function andCount(a: Uint8Array, b: Uint8Array, kernel: BitKernel = sharedKernel()): number {
  checkLengths(a, b);
  let count = 0;
  for (let from = 0; from < a.length; from += kernel.blockBytes) {
    const block = a.subarray(from, from + kernel.blockBytes);
    kernel.fill(0, block);
    kernel.fill(1, b.subarray(from, from + kernel.blockBytes));
    count += kernel.andCount(0, 1, block.length);
  }
  return count;
}

/** A \ B, as a new set. @throws RangeError where the lengths differ */
export function andNot(a: Uint8Array, b: Uint8Array): Uint8Array {
  checkLengths(a, b);
  return a.map((byte, i) => byte & ~(b[i] as number));
}

/** @throws RangeError where an index is not in 0 .. units - 1 */
export function bitsetOf(units: number, indices: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(bytesFor(units));
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= units) {
      throw new RangeError(`Unit ${index} is not one of ${units}.`);
    }
    const byte = Math.floor(index / 8);
    bits[byte] = (bits[byte] as number) | (1 << (index % 8));
  }
  return bits;
}

/** Units `first` to `first + units` as a set of their own, counted from 0. A copy. */
export function sliceBits(bits: Uint8Array, first: number, units: number): Uint8Array {
  const [byte, shift] = [Math.floor(first / 8), first % 8];
  const out = bits.slice(byte, byte + bytesFor(units));
  if (shift > 0) {
    for (const [i, value] of out.entries()) {
      out[i] = (value >> shift) | ((bits[byte + i + 1] ?? 0) << (8 - shift));
    }
  }
  const used = units % 8;
  if (used !== 0) out[out.length - 1] = (out[out.length - 1] ?? 0) & ((1 << used) - 1);
  return out;
}

/** The set's units, ascending. */
export function unitsOf(bits: Uint8Array): number[] {
  const units: number[] = [];
  for (const [byte, value] of bits.entries()) {
    for (let rest = value; rest !== 0; rest &= rest - 1) units.push(byte * 8 + 31 - Math.clz32(rest & -rest));
  }
  return units;
}

/** Whether bits past the last of `units` are set: never in a set of ours, so a sign of damage in one that was read. */
export function hasStrayBits(bits: Uint8Array, units: number): boolean {
  const used = units % 8;
  return used !== 0 && (bits[bytesFor(units) - 1] ?? 0) >> used !== 0;
}

function checkLengths(a: Uint8Array, b: Uint8Array): void {
  if (a.length !== b.length)
    throw new RangeError(`Sets of ${a.length} and ${b.length} bytes have no common universe.`);
}
