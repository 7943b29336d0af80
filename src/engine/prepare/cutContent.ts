import type { TextTokenizer } from '../formats/tokenizer';

export interface CutContent {
  readonly text: string;
  readonly truncated: boolean;
}

/** Tokens given up to get to the end of a whole character: a code point is at most four byte tokens. */
const CHARACTER_TOKENS = 4;

/**
 * Cuts prompt content at its end to at most `maxTokens` tokens, counted on the content alone, so that the tokens
 * of a template are never cut. The result is text again: it is what the first tokens decode to, less the pieces
 * of a character cut through. Cutting the result once more changes nothing.
 */
export function cutContent(content: string, maxTokens: number, tokenizer: TextTokenizer): CutContent {
  const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false });
  const ids = encode(content);
  if (ids.length <= maxTokens) return { text: content, truncated: false };
  // Tokens at a cut may join otherwise when encoded anew, so the length is checked, not assumed.
  for (let kept = maxTokens; kept > 0; kept--) {
    const text = textOf(ids, kept, content, tokenizer);
    if (encode(text).length <= maxTokens) return { text, truncated: true };
  }
  return { text: '', truncated: true };
}

function textOf(ids: readonly number[], count: number, content: string, tokenizer: TextTokenizer): string {
  const decode = (length: number): string =>
    tokenizer.decode(ids.slice(0, length), { skipSpecialTokens: false });
  for (let length = count; length > Math.max(0, count - CHARACTER_TOKENS); length--) {
    const text = decode(length);
    if (content.startsWith(text)) return text;
  }
  // Tokenizers that normalise (lower case, Unicode forms, spaces) give back another spelling of the content.
  return decode(count).replace(/\uFFFD+$/, '');
}
