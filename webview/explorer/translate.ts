import { english, type Translate } from '../../src/core/report/translate';

/**
 * As `vscode.l10n.t` does: the message itself where there is no translation, and {0}, {1}, ... are the arguments.
 *
 * @param bundle JSON object of message -> translation; anything else counts as none
 */
export function translator(bundle: string | undefined): Translate {
  const translations = parse(bundle);
  return (message, ...args) => english(translations.get(message) ?? message, ...args);
}

function parse(bundle: string | undefined): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(bundle ?? '{}');
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
