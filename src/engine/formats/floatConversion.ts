/**
 * 16-bit floats to float32, exactly: every one of them is a float32. Bits are moved as integers, so that NaN keeps
 * its payload; the typed arrays are little-endian views, as the file is.
 */

/**
 * bfloat16 is the upper half of a float32. `from` may be the second half of the memory of `into`: element i is
 * written at bytes [4i, 4i + 4) of 4n, and the next one to be read lies at 2n + 2(i + 1) >= 4i + 4 for i < n.
 */
export function expandBfloat16(from: Uint16Array, into: Uint32Array): void {
  const count = from.length;
  for (let i = 0; i < count; i++) into[i] = (from[i] as number) << 16;
}

/** IEEE half precision, by a table of all 65,536. The same overlap of `from` and `into` is allowed. */
export function expandFloat16(from: Uint16Array, into: Uint32Array): void {
  const table = (float16Table ??= makeFloat16Table());
  const count = from.length;
  for (let i = 0; i < count; i++) into[i] = table[from[i] as number] as number;
}

let float16Table: Uint32Array | undefined;

function makeFloat16Table(): Uint32Array {
  const table = new Uint32Array(65_536);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let half = 0; half < table.length; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      // Subnormal: fraction * 2^-24, a normal float32 (or zero).
      value[0] = fraction * 2 ** -24;
      table[half] = (bits[0] as number) | sign;
    } else {
      // The exponents' biases differ by 127 - 15; all ones (infinity, NaN) stay all ones.
      const widened = exponent === 0x1f ? 0xff : exponent + 112;
      table[half] = sign | (widened << 23) | (fraction << 13);
    }
  }
  return table;
}
