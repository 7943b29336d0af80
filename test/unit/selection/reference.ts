import fc from 'fast-check';

/** The definition: a stable sort, highest first, NaN last, -0 equal to +0; the first k indices, ascending. */
export function topBySorting(scores: ArrayLike<number>, k: number): number[] {
  const order = Array.from(scores, (score, index) => ({ score, index }));
  order.sort((a, b) => {
    if (Number.isNaN(a.score) || Number.isNaN(b.score))
      return Number(Number.isNaN(a.score)) - Number(Number.isNaN(b.score));
    return a.score === b.score ? 0 : a.score > b.score ? -1 : 1;
  });
  return order
    .slice(0, k)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

export function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3]! >> (index & 7)) & 1) === 1;
}

/** Indices, relative to firstBit, of the bits set in [firstBit, firstBit + n). */
export function marked(bits: Uint8Array, firstBit: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => i).filter((i) => bitAt(bits, firstBit + i));
}

const SPECIAL = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1,
  -1,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  3.4028234663852886e38,
];

/** Where selection goes wrong: any bit pattern, few values with many ties, one bin that holds all, special values. */
export const scoreArrays = (
  options: { minLength?: number; maxLength?: number } = {},
): fc.Arbitrary<Float32Array> => {
  const float = fc.float({ noNaN: false });
  const pattern = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((bits) => {
    return new Float32Array(Int32Array.of(bits).buffer)[0]!;
  });
  const elements = [
    float,
    pattern,
    fc.constantFrom(...SPECIAL),
    fc.integer({ min: 0, max: 3 }),
    fc.double({ min: 1, max: 1.0001, noNaN: true }),
    fc.float({ min: 0, noNaN: true }),
  ];
  return fc
    .oneof(...elements.map((element) => fc.array(element, options)), fc.array(fc.oneof(...elements), options))
    .map((values) => Float32Array.from(values));
};
