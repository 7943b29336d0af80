/** A control for one setting of the experiment. */
import type { Setting, SettingValue } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { t } from '../l10n';
import { checkField, choiceField, setEnabled, textField } from '../ui';
import { withProblem } from './withProblem';

export interface SettingField {
  readonly root: HTMLElement;
  set(setting: Setting, isEnabled: boolean): void;
}

/** Sends a value to the file; rejected with what is wrong with it. */
export type SendValue = (value: SettingValue) => Promise<void>;

/** Id of the choice that takes a setting out of the file. */
const LEFT_OUT = '';

export function settingField(setting: Setting, send: SendValue): SettingField {
  const control = controlOf(setting, send);
  const description = element('p', { class: 'lead' }, setting.description);
  const root = element(
    'div',
    { class: 'setting' },
    control.root,
    ...(setting.description ? [description] : []),
  );
  return { root, set: (next, isEnabled) => control.set(next, isEnabled) };
}

function controlOf(setting: Setting, send: SendValue): SettingField {
  switch (setting.kind) {
    case 'flag':
      return flagControl(setting, send);
    case 'choice':
      return choiceControl(setting, send);
    case 'number':
    case 'text':
      return textControl(setting, send);
  }
}

function flagControl({ name }: Setting, send: SendValue): SettingField {
  const problem = withProblem();
  const box = checkField(name, false, (checked) => problem.of(send(checked)));
  return {
    root: element('div', {}, box.root, problem.root),
    set({ value }, isEnabled) {
      box.set(value === true);
      setEnabled(box.root, isEnabled);
    },
  };
}

function choiceControl({ name }: Setting, send: SendValue): SettingField {
  const problem = withProblem();
  const list = choiceField(name, (id) => problem.of(send(id === LEFT_OUT ? null : id)));
  return {
    root: element('div', {}, list.root, problem.root),
    set({ options, value, hasDefault }, isEnabled) {
      const chosen = value === null ? LEFT_OUT : String(value);
      // What the file says is shown even where the schema does not know it.
      const known = new Set([...(hasDefault ? [] : [LEFT_OUT]), ...options, chosen]);
      const choices = [...known].map((id) => ({ id, title: id === LEFT_OUT ? t('left out') : id }));
      list.set({ choices, chosen });
      list.enable(isEnabled);
    },
  };
}

function textControl({ name, kind }: Setting, send: SendValue): SettingField {
  const problem = withProblem();
  const field = textField(name, (text) => {
    const trimmed = text.trim();
    if (kind === 'text') problem.of(send(text === '' ? null : text));
    else if (trimmed === '') problem.of(send(null));
    else if (Number.isFinite(Number(trimmed))) problem.of(send(Number(trimmed)));
    else problem.say(t('{0} is not a number.', trimmed));
  });
  return {
    root: element('div', {}, field.root, problem.root),
    set({ value, isGiven }, isEnabled) {
      field.set(value === null ? '' : String(value));
      field.root.setAttribute('placeholder', isGiven ? '' : t('left out'));
      setEnabled(field.root, isEnabled);
    },
  };
}
