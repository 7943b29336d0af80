/** One method: whether it is in the experiment, and its settings where it is. */
import type { SetupMethod } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { checkField, setEnabled } from '../ui';
import { settingGroup } from './settingGroup';
import type { SetupContext } from './setupContext';
import { withProblem } from './withProblem';

export interface MethodFields {
  readonly root: HTMLElement;
  set(method: SetupMethod, isEnabled: boolean): void;
}

export function methodFields(initial: SetupMethod, context: SetupContext): MethodFields {
  const { id, title, description } = initial;
  const problem = withProblem();
  const box = checkField(title, false, (isOn) => {
    problem.of(context.change({ kind: 'method', method: id, isOn }));
  });
  const settings = settingGroup(initial.settings, (name, value) =>
    context.change({ kind: 'methodSetting', method: id, name, value }),
  );
  const root = element(
    'div',
    { role: 'group', 'aria-label': title, class: 'method' },
    box.root,
    element('p', { class: 'lead' }, description),
    problem.root,
    settings.root,
  );
  return {
    root,
    set(method, isEnabled) {
      box.set(method.isOn);
      setEnabled(box.root, isEnabled);
      settings.root.hidden = !method.isOn;
      settings.set(method.settings, isEnabled);
    },
  };
}
