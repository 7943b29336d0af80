import { describe, expect, it } from 'vitest';
import { expandBfloat16, expandFloat16 } from '../../../src/engine/formats/floatConversion';

const ALL = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** The value by IEEE 754's definition: (-1)^s 2^(e - bias) 1.f, by plain arithmetic in doubles. */
function valueOf(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const rest = bits % 0x8000;
  const fraction = rest % 2 ** fractionBits;
  const exponent = Math.floor(rest / 2 ** fractionBits);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * (fraction / 2 ** fractionBits) * 2 ** (1 - bias);
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias);
}

describe.each([
  { name: 'float16', expand: expandFloat16, exponentBits: 5, fractionBits: 10 },
  { name: 'bfloat16', expand: expandBfloat16, exponentBits: 8, fractionBits: 7 },
])('$name', ({ expand, exponentBits, fractionBits }) => {
  it('every one of the 65,536 values is the one that the format defines', () => {
    const into = new Uint32Array(ALL.length);
    expand(ALL, into);
    const values = new DataView(into.buffer);
    for (const bits of ALL) {
      const value = values.getFloat32(bits * 4, true);
      const expected = valueOf(bits, exponentBits, fractionBits);
      // Object.is tells -0 from 0 and takes NaN for NaN.
      if (!Object.is(value, expected)) expect.fail(`0x${bits.toString(16)}: ${value}, not ${expected}`);
      if (Number.isNaN(expected)) {
        const word = values.getUint32(bits * 4, true);
        expect((word >>> 31) * 0x8000).toBe(bits & 0x8000);
        expect((word & 0x7fffff) / 2 ** (23 - fractionBits)).toBe(bits % 2 ** fractionBits);
      }
    }
  });

  it.each([1, 2, 3, 1000])('%i elements expand within their own memory', (count) => {
    const into = new Uint32Array(count);
    const halves = new Uint16Array(into.buffer, count * 2, count);
    const source = Uint16Array.from({ length: count }, (_, i) => (i * 40_503 + 12_345) % 65_536);
    halves.set(source);
    expand(halves, into);
    const expected = new Uint32Array(count);
    expand(source, expected);
    expect(into).toEqual(expected);
  });
});
