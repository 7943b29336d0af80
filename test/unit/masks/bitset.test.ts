import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBitKernel } from '../../../src/core/masks/bitKernel';
import {
  andCount,
  andNot,
  bitsetOf,
  hasStrayBits,
  popcount,
  sliceBits,
  unitsOf,
} from '../../../src/core/masks/bitset';

const pairsOfSets = fc
  .integer({ min: 0, max: 300 })
  .chain((length) =>
    fc.tuple(
      fc.uint8Array({ minLength: length, maxLength: length }),
      fc.uint8Array({ minLength: length, maxLength: length }),
    ),
  );

const ones = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

describe.each(['simd', 'javascript'] as const)('bit kernel in %s', (implementation) => {
  // Blocks far shorter than the sets, so that sets are cut into several.
  const kernel = createBitKernel(3, 48, { simd: implementation === 'simd' });

  it('is the implementation that this test is about', () => {
    expect(kernel.implementation).toBe(implementation);
  });

  it('counts as digits of the binary text do', () => {
    fc.assert(
      fc.property(pairsOfSets, ([a, b]) => {
        expect(popcount(a, kernel)).toBe(ones(a));
        expect(andCount(a, b, kernel)).toBe(ones(a.map((byte, i) => byte & b[i]!)));
      }),
    );
  });

  it('combines byte by byte', () => {
    fc.assert(
      fc.property(pairsOfSets, ([first, second]) => {
        const [a, b] = [first.subarray(0, 48), second.subarray(0, 48)];
        kernel.fill(0, a);
        kernel.fill(1, b);
        const result = (): number[] => [...kernel.view(2).subarray(0, a.length)];
        kernel.and(2, 0, 1, a.length);
        expect(result()).toEqual([...a.map((byte, i) => byte & b[i]!)]);
        kernel.or(2, 0, 1, a.length);
        expect(result()).toEqual([...a.map((byte, i) => byte | b[i]!)]);
        kernel.andNot(2, 0, 1, a.length);
        expect(result()).toEqual([...a.map((byte, i) => byte & ~b[i]!)]);
      }),
    );
  });

  it('does not count what an earlier, longer fill left', () => {
    kernel.fill(0, new Uint8Array(48).fill(255));
    kernel.fill(0, Uint8Array.of(255));
    expect(kernel.popcount(0, 1)).toBe(8);
  });
});

describe('without WebAssembly', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('counts in JavaScript where there is none', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(createBitKernel(1, 16).implementation).toBe('javascript');
  });

  it('counts in JavaScript where compiling is forbidden, as by a page policy', () => {
    const blocked = vi.fn(function () {
      throw new Error('CompileError: blocked by policy');
    });
    const real = (globalThis as { WebAssembly?: object }).WebAssembly;
    vi.stubGlobal('WebAssembly', Object.create(real ?? null, { Module: { value: blocked } }));
    const { implementation } = createBitKernel(1, 16);
    expect(blocked).toHaveBeenCalledOnce();
    expect(implementation).toBe('javascript');
  });
});

describe('bit sets', () => {
  it('hold unit i as bit i % 8 of byte i >> 3', () => {
    expect([...bitsetOf(10, [0, 3, 9])]).toEqual([0b1001, 0b10]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 99 })), (units) => {
        expect(unitsOf(bitsetOf(100, units))).toEqual(units.sort((a, b) => a - b));
      }),
    );
    expect(() => bitsetOf(10, [10])).toThrow(RangeError);
  });

  it('T13: S \\ U; U empty leaves S, U everything leaves nothing', () => {
    const S = bitsetOf(8, [0, 1, 2, 3]);
    expect(unitsOf(andNot(S, bitsetOf(8, [2, 3, 4, 5, 6])))).toEqual([0, 1]);
    expect(unitsOf(andNot(S, bitsetOf(8, [])))).toEqual([0, 1, 2, 3]);
    expect(unitsOf(andNot(S, bitsetOf(8, [0, 1, 2, 3, 4, 5, 6, 7])))).toEqual([]);
    expect(() => andNot(S, new Uint8Array(2))).toThrow(RangeError);
  });

  it('are cut anywhere', () => {
    const units = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(fc.tuple(units, units, units), fc.infiniteStream(fc.boolean()), ([a, b, c], chance) => {
        const chosen = [...Array(a + b + c).keys()].filter(() => chance.next().value);
        const cut = sliceBits(bitsetOf(a + b + c, chosen), a, b);
        expect(cut).toEqual(
          bitsetOf(
            b,
            chosen.filter((u) => u >= a && u < a + b).map((u) => u - a),
          ),
        );
      }),
    );
  });

  it('know bits past their end', () => {
    expect(hasStrayBits(Uint8Array.of(0xff, 0b11), 10)).toBe(false);
    expect(hasStrayBits(Uint8Array.of(0xff, 0b111), 10)).toBe(true);
    expect(hasStrayBits(Uint8Array.of(0xff), 8)).toBe(false);
  });
});
