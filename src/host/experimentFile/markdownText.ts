/** Texts of files, made fit to be shown among Markdown. Pure. */

/** One line without control and formatting characters (a right-to-left override would turn what follows), cut. */
export function oneLine(text: string, maxChars: number): string {
  // Cut first: a megabyte need not be cleaned for sixty characters. White space shrinks, so some more is taken.
  const plain = text
    .slice(0, 8 * maxChars)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(plain);
  const isCut = characters.length > maxChars || text.length > 8 * maxChars;
  return isCut ? `${characters.slice(0, maxChars).join('')}\u2026` : plain;
}

/**
 * The same as Markdown that shows exactly these characters: all ASCII punctuation may be escaped (CommonMark 2.4), and
 * then no link, image, HTML, table cell or address that links itself can be made of it.
 */
export const markdownText = (text: string, maxChars: number): string =>
  oneLine(text, maxChars).replace(/[!-/:-@[-`{-~]/g, '\\$&');
