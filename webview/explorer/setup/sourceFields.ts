/** Name, model and utility set of the experiment. */
import type { NewDataset, SetupModel, SetupState } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { formatCount } from '../format';
import { t } from '../l10n';
import { choiceField, setEnabled, textField } from '../ui';
import type { SetupContext } from './setupContext';
import { withProblem } from './withProblem';

export interface StateField {
  readonly root: HTMLElement;
  set(state: SetupState, isEnabled: boolean): void;
}

export function nameField({ change }: SetupContext): StateField {
  const problem = withProblem();
  const field = textField(t('Name'), (value) => problem.of(change({ kind: 'text', field: 'name', value })));
  return {
    root: element('div', { class: 'setting' }, field.root, problem.root),
    set({ name }, isEnabled) {
      field.set(name);
      setEnabled(field.root, isEnabled);
    },
  };
}

/** @param models of the workspace, of the extension and of the local cache, when they are known */
export function modelField({ change }: SetupContext, models: () => readonly SetupModel[]): StateField {
  const problem = withProblem();
  const list = choiceField(t('Model'), (value) =>
    problem.of(change({ kind: 'text', field: 'model', value })),
  );
  const facts = element('p', { class: 'lead' });
  return {
    root: element('div', { class: 'setting' }, list.root, facts, problem.root),
    set({ model }, isEnabled) {
      const known = models();
      const chosen = known.find(({ reference }) => reference === model);
      const choices = [
        ...(chosen ? [] : [{ id: model, title: model }]),
        ...known.map(({ reference }) => ({ id: reference, title: reference })),
      ];
      list.set({ choices, chosen: model });
      list.enable(isEnabled);
      facts.replaceChildren(chosen ? describe(chosen) : '');
    },
  };
}

function describe({ family, parameters, problem }: SetupModel): string {
  const size = parameters === null ? [] : [t('{0} parameters', formatCount(parameters))];
  return [...(family === null ? [] : [family]), ...size, ...(problem === null ? [] : [problem])].join(
    ' \u00b7 ',
  );
}

/** Ids of choices that are no file. */
const NONE = ' none';
const AS_WRITTEN = ' as written';

/** @param files that may be chosen, when they are known */
export function utilityField({ change }: SetupContext, files: () => readonly string[]): StateField {
  const problem = withProblem();
  const list = choiceField(t('Utility set'), (id) => {
    const dataset: NewDataset | null = id === NONE ? null : { path: id };
    if (id !== AS_WRITTEN) problem.of(change({ kind: 'utility', dataset }));
  });
  return {
    root: element(
      'div',
      { class: 'setting' },
      list.root,
      element('p', { class: 'lead' }, t('Its region is taken away for the isolated overlap.')),
      problem.root,
    ),
    set({ utility }, isEnabled) {
      const [path, ...more] = utility?.paths ?? [];
      const isFile = path !== undefined && more.length === 0 && files().includes(path);
      const written = { id: AS_WRITTEN, title: utility?.paths.join(', ') ?? '' };
      const choices = [
        { id: NONE, title: t('None') },
        ...(utility === null || isFile ? [] : [written]),
        ...files().map((file) => ({ id: file, title: file })),
      ];
      list.set({ choices, chosen: utility === null ? NONE : isFile ? path : AS_WRITTEN });
      list.enable(isEnabled);
    },
  };
}
