/** As vscode.l10n without a bundle. */
export const plainL10n = {
  t: (message: string, ...args: (string | number | boolean)[]): string =>
    message.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)])),
};
