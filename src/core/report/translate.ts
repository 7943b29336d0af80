/** As `vscode.l10n.t` does: {0}, {1}, ... are the arguments. */
export type Translate = (message: string, ...args: readonly (string | number)[]) => string;

/** The messages themselves: reports are in English, whatever the language of the editor. */
export const english: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (placeholder, index: string) => String(args[Number(index)] ?? placeholder));
