/** `vscode.l10n`, or a test's own. */
export interface Translator {
  t(message: string, ...args: (string | number | boolean)[]): string;
}
