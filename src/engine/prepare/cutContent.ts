import type { TextTokenizer } from '../formats/tokenizer';

export interface CutContent {
  readonly text: string;
  readonly truncated: boolean;
}

/** Tokens given up to get to the end of a whole character: a code point is at most four byte tokens. */
const CHARACTER_TOKENS = 4;

/**
 * Cuts prompt content at its end to at most `maxTokens` tokens, counted on the content alone, so that the tokens
 * of a template are never cut. The result is a beginning of the content: what its first tokens decode to, less the
 * pieces of a character cut through. Cutting the result once more changes nothing.
 */
export function cutContent(content: string, maxTokens: number, tokenizer: TextTokenizer): CutContent {
  const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false });
  // Pieces at a cut may join otherwise when encoded anew, so the length is checked, not assumed.
  const fits = (text: string): boolean => encode(text).length <= maxTokens;
  const ids = encode(content);
  if (ids.length <= maxTokens) return { text: content, truncated: false };
  for (let kept = maxTokens; kept > Math.max(0, maxTokens - CHARACTER_TOKENS); kept--) {
    const text = tokenizer.decode(ids.slice(0, kept), { skipSpecialTokens: false });
    if (content.startsWith(text) && fits(text)) return { text, truncated: true };
  }
  // Where decoding gives back another spelling (lower case, Unicode forms, spaces), characters are counted down.
  return { text: longestBeginning(content, fits), truncated: true };
}

/** Bisects over code points, given that the whole does not fit and nothing does. */
function longestBeginning(content: string, fits: (text: string) => boolean): string {
  const characters = Array.from(content);
  let [low, high] = [0, characters.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(characters.slice(0, middle).join(''))) low = middle;
    else high = middle;
  }
  return characters.slice(0, low).join('');
}
