/** What the picker of the provider says of each. Pure. */
import type { KnownProvider, KnownProviders } from '../protocol/engine';
import type { ProviderSetting } from './settings';
import type { Translator } from './translator';

export interface ProviderRow {
  readonly setting: ProviderSetting;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** @param locale of dates */
export function providerRows(
  { auto, providers }: KnownProviders,
  current: ProviderSetting,
  l10n: Translator,
  locale: string,
): ProviderRow[] {
  const row = (setting: ProviderSetting, detail: string, ...more: readonly string[]): ProviderRow => ({
    setting,
    label: `$(${setting === current ? 'check' : 'blank'}) ${providerLabel(setting, l10n)}`,
    description: [...(setting === current ? [l10n.t('chosen')] : []), ...more].join(', '),
    detail,
  });
  return [
    row('experiment', l10n.t('What engine.provider of the experiment file says.')),
    row(
      'auto',
      auto === null
        ? l10n.t('The fastest that is right. Not tried lately: the next run does it, which takes seconds.')
        : l10n.t('The fastest that is right: here {0}.', providerLabel(auto, l10n)),
    ),
    ...providers.map((provider) =>
      row(
        provider.name,
        verdictLine(provider, l10n),
        ...(provider.isAutomatic ? [] : [l10n.t('never run by us, only if chosen')]),
        ...(provider.found && provider.isHere
          ? [l10n.t('tried {0}', dateOf(provider.found.at, locale))]
          : []),
      ),
    ),
  ];
}

/** As it stands in the picker and the status bar. */
export function providerLabel(setting: ProviderSetting, l10n: Translator): string {
  switch (setting) {
    case 'experiment':
      return l10n.t('As the experiment file says');
    case 'auto':
      return l10n.t('Automatic');
    case 'cpu':
      return 'CPU';
    case 'cuda':
      return 'CUDA';
    case 'webgpu':
      return 'WebGPU';
    case 'dml':
      return 'DirectML';
    case 'coreml':
      return 'Core ML';
  }
}

function verdictLine({ name, isHere, found }: KnownProvider, l10n: Translator): string {
  if (!isHere) return l10n.t('Not on this system.');
  if (!found) {
    return name === 'cpu' ? l10n.t('The processor. Always there.') : l10n.t('Not tried lately.');
  }
  return found.usable ? l10n.t('Works: {0}', found.detail) : l10n.t('Passed over: {0}', found.detail);
}

const dateOf = (at: string, locale: string): string =>
  new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
