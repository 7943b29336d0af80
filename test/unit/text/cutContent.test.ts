import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../../src/engine/formats/tokenizer';
import { cutContent } from '../../../src/engine/prepare/cutContent';
import { FIXTURES } from '../datasets/scratch';

describe.each(['chatml', 'llama3', 'llama2'])('%s', async (name) => {
  const tokenizer = await loadTokenizer(join(FIXTURES, 'tokenizers', name));
  const count = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).length;
  const texts = fc.string({
    unit: fc.oneof(
      fc.constantFrom('the ', ' ', 'é', '\n', 'request', '中', '🙂', '<s>'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 40,
  });

  it('leaves what fits, and else keeps a beginning that fits', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (text, max) => {
        const cut = cutContent(text, max, tokenizer);
        expect(cut.truncated).toBe(count(text) > max);
        if (!cut.truncated) expect(cut.text).toBe(text);
        expect(count(cut.text)).toBeLessThanOrEqual(max);
        expect(text.startsWith(cut.text)).toBe(true);
        // Once cut, it is not cut again.
        expect(cutContent(cut.text, max, tokenizer)).toEqual({ text: cut.text, truncated: false });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the first tokens exactly where they end at a character', () => {
    const text = 'What is the best way to write a letter?';
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    for (let max = 1; max < ids.length; max++) {
      const cut = cutContent(text, max, tokenizer);
      expect(tokenizer.encode(cut.text, { addSpecialTokens: false })).toEqual(ids.slice(0, max));
    }
  });
});

it('never leaves half a character', async () => {
  const tokenizer = await loadTokenizer(join(FIXTURES, 'tokenizers/chatml'));
  // One byte a token: four tokens a face.
  expect(cutContent('🙂🙂', 7, tokenizer)).toEqual({ text: '🙂', truncated: true });
  expect(cutContent('🙂🙂', 3, tokenizer)).toEqual({ text: '', truncated: true });
});
