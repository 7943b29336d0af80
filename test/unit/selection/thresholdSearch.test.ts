import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThresholdSearch } from '../../../src/core/selection/thresholdSearch';
import { marked, scoreArrays, topBySorting } from './reference';

describe('ThresholdSearch', () => {
  it('selects over chunks of any length as one stable sort over all would', () => {
    const cases = scoreArrays({ minLength: 1, maxLength: 400 }).chain((scores) =>
      fc.record({
        scores: fc.constant(scores),
        k: fc.integer({ min: 0, max: scores.length }),
        chunk: fc.integer({ min: 1, max: scores.length }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ scores, k, chunk }) => {
        const bits = new Uint8Array(Math.ceil(scores.length / 8));
        const search = new ThresholdSearch(k);
        const starts = Array.from({ length: Math.ceil(scores.length / chunk) }, (_, i) => i * chunk);
        const part = (start: number): Float32Array => scores.subarray(start, start + chunk);
        for (const start of starts) search.countUpper(part(start));
        for (const start of starts) search.countLower(part(start));
        let count = 0;
        for (const start of starts) count += search.mark(part(start), bits, start);
        expect(count).toBe(k);
        expect(marked(bits, 0, scores.length)).toEqual(topBySorting(scores, k));
      }),
      { numRuns: 200 },
    );
  });

  it('gives ties to the first chunk first', () => {
    const search = new ThresholdSearch(3);
    const [a, b] = [new Float32Array(2).fill(5), new Float32Array(4).fill(5)];
    for (const chunk of [a, b]) search.countUpper(chunk);
    for (const chunk of [a, b]) search.countLower(chunk);
    const bits = [new Uint8Array(1), new Uint8Array(1)];
    expect(search.mark(a, bits[0]!, 0)).toBe(2);
    expect(search.mark(b, bits[1]!, 0)).toBe(1);
    expect(bits.map((byte) => byte[0])).toEqual([0b11, 0b1]);
  });

  it('refuses passes out of order and more than there is', () => {
    const scores = Float32Array.of(1, 2);
    expect(() => new ThresholdSearch(1).mark(scores, new Uint8Array(1), 0)).toThrow('second pass');
    const search = new ThresholdSearch(3);
    search.countUpper(scores);
    expect(() => search.countLower(scores)).toThrow('Fewer scores');
    const begun = new ThresholdSearch(1);
    begun.countUpper(scores);
    begun.countLower(scores);
    expect(() => begun.countUpper(scores)).toThrow('first pass is over');
    expect(() => begun.mark(scores, new Uint8Array(0), 0)).toThrow('no room');
    expect(() => new ThresholdSearch(-1)).toThrow(RangeError);
  });
});
