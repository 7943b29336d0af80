import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanError, parseStrictJson } from '../../../src/core/formats/jsonScanner';

function faultOf(text: string): string {
  try {
    parseStrictJson(text);
  } catch (thrown) {
    if (thrown instanceof JsonScanError) return thrown.fault;
    throw thrown;
  }
  return 'none';
}

describe('parseStrictJson', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(0, 2), (text, indent) => {
        const value: unknown = JSON.parse(text);
        const written = JSON.stringify(value, null, indent);
        // Lone surrogates are the one thing that JSON.stringify writes and this reader refuses.
        if (/\\ud[89a-f]/.test(written)) return;
        expect(parseStrictJson(written)).toEqual(value);
      }),
    );
  });

  it('accepts no text that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '1',
      '-',
      '.',
      'e',
      'null',
      ' ',
      '\n',
      '0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        if (faultOf(text) === 'none') expect(() => JSON.parse(text) as unknown).not.toThrow();
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'duplicate'],
    ['[{"b":{"a":1,"\\u0061":2}}]', 'duplicate'],
    ['{"a":1}{"b":2}', 'syntax'],
    ['[1,]', 'syntax'],
    ['[01]', 'syntax'],
    ['NaN', 'syntax'],
    ['-Infinity', 'syntax'],
    ['"\t"', 'syntax'],
    ['', 'syntax'],
    ['"\\udc00"', 'surrogate'],
    ['"\\ud83d\\ude00"', 'none'],
    ['{"a":{"a":1},"b":[{"a":2}]}', 'none'],
    [`${'['.repeat(64)}${']'.repeat(64)}`, 'none'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'depth'],
    ['['.repeat(1_000_000), 'depth'],
  ])('%.40s: %s', (text, fault) => expect(faultOf(text)).toBe(fault));
});
