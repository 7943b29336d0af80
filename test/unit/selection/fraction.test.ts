import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topCount } from '../../../src/core/selection/fraction';

describe('topCount', () => {
  it('T11: is floor(q n) of the decimal number that was written', () => {
    expect(topCount(0.29, 100)).toBe(29);
    // What binary floating point would give:
    expect(Math.floor(0.29 * 100)).toBe(28);
    expect(topCount(0.57, 100)).toBe(57);
    expect(topCount(0.1, 3)).toBe(0);
    expect(topCount(0.05, 4096 * 4096)).toBe(838860);
  });

  it('takes nothing, all, and fractions written with an exponent', () => {
    expect(topCount(0, 10)).toBe(0);
    expect(topCount(1, 10)).toBe(10);
    expect(topCount(1e-7, 1e8)).toBe(10);
    expect(topCount(2.5e-7, 1e8)).toBe(25);
    expect(topCount(0.3, 9007199254740991)).toBe(2702159776422297);
  });

  it('agrees with integer arithmetic on every decimal fraction', () => {
    const decimals = fc
      .integer({ min: 0, max: 6 })
      .chain((places) =>
        fc.record({ places: fc.constant(places), digits: fc.integer({ min: 0, max: 10 ** places }) }),
      );
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 1e9 }), ({ places, digits }, n) => {
        const expected = (BigInt(digits) * BigInt(n)) / 10n ** BigInt(places);
        expect(topCount(digits / 10 ** places, n)).toBe(Number(expected));
      }),
    );
  });

  it('refuses what is no fraction and no count', () => {
    for (const fraction of [-0.1, 1.01, NaN, Infinity])
      expect(() => topCount(fraction, 10)).toThrow(RangeError);
    for (const n of [-1, 1.5, 2 ** 53]) expect(() => topCount(0.5, n)).toThrow(RangeError);
  });
});
