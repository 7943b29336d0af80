/** Names come from files that others wrote: control characters must not reach a terminal. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/** The same for a text of several lines, which stay. */
export const plainLines = (text: string): string => text.split('\n').map(plainText).join('\n');

/** As one word of a POSIX shell, for commands that people copy. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
