/** Settings that belong together: the main ones at once, the others where one looks for more. */
import type { Setting, SettingValue } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { t } from '../l10n';
import { settingField, type SettingField } from './settingField';

export interface SettingGroup {
  readonly root: HTMLElement;
  set(settings: readonly Setting[], isEnabled: boolean): void;
}

/** @param settings whose names never change */
export function settingGroup(
  settings: readonly Setting[],
  send: (name: string, value: SettingValue) => Promise<void>,
): SettingGroup {
  const fields = new Map<string, SettingField>(
    settings.map((setting) => [setting.name, settingField(setting, (value) => send(setting.name, value))]),
  );
  const rootsOf = (isMain: boolean): HTMLElement[] =>
    settings.filter((one) => one.isMain === isMain).flatMap(({ name }) => fields.get(name)?.root ?? []);
  const more = rootsOf(false);
  const root = element(
    'div',
    {},
    element('div', { class: 'settings' }, ...rootsOf(true)),
    ...(more.length === 0
      ? []
      : [
          element(
            'details',
            {},
            element('summary', {}, t('More settings')),
            element('div', { class: 'settings' }, ...more),
          ),
        ]),
  );
  return {
    root,
    set(next, isEnabled) {
      for (const setting of next) fields.get(setting.name)?.set(setting, isEnabled);
    },
  };
}
