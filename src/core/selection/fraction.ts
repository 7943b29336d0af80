/**
 * Fractions are the decimal numbers people write, not the binary floats next to them: 0.29 of 100 is 29, where
 * Math.floor(0.29 * 100) is 28. The shortest decimal text of a number is the one that was written.
 */
export interface DecimalFraction {
  readonly numerator: bigint;
  /** A power of ten. */
  readonly denominator: bigint;
}

/** @throws RangeError unless 0 <= fraction <= 1 */
export function decimalFraction(fraction: number): DecimalFraction {
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`A fraction is in [0, 1], not ${fraction}.`);
  const [mantissa = '', exponentText = '0'] = String(fraction).split('e');
  const [whole = '', decimals = ''] = mantissa.split('.');
  // Not above 1, so the exponent is never positive.
  const places = decimals.length - Number(exponentText);
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(places) };
}

/**
 * floor(q * n) in integers: how many of `n` units the top fraction q holds.
 * @throws RangeError unless 0 <= fraction <= 1 and n is a safe integer >= 0
 */
export function topCount(fraction: number, n: number): number {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`A count is an integer >= 0, not ${n}.`);
  const { numerator, denominator } = decimalFraction(fraction);
  return Number((numerator * BigInt(n)) / denominator);
}
