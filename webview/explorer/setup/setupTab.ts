/** The experiment file as a form: what is changed here changes its text, and what is typed there is shown here. */
import type { ToHost } from '../../../src/protocol/explorer/messages';
import type { SetupModel, SetupShown, SetupState } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { still, type Drawn } from '../drawn';
import { t } from '../l10n';
import type { ViewContext } from '../views/view';
import { datasetList } from './datasetList';
import { methodFields } from './methodFields';
import { runBar } from './runBar';
import { setupContext, type SetupContext } from './setupContext';
import type { SetupFeed } from './setupFeed';
import { settingGroup } from './settingGroup';
import { modelField, nameField, utilityField } from './sourceFields';

export const SETUP_TITLE = t('Setup');

export interface SetupTabParts {
  readonly feed: SetupFeed;
  readonly ask: ViewContext['ask'];
  /** Aborted when the tab is left. */
  readonly signal: AbortSignal;
  readonly send: (message: ToHost) => void;
}

export function setupTab({ feed, ask, signal, send }: SetupTabParts): Drawn {
  const context = setupContext(ask, signal);
  const found = findings(context, () => show());
  const bar = runBar(send);
  const problem = element('div', { role: 'status', class: 'setup-problem' });
  const place = element('div', {});
  let form: Form | null = null;
  let last: SetupState | null = null;

  const show = (): void => {
    const { shown } = feed;
    bar.set(feed);
    showProblem(problem, shown);
    last = shown.state ?? last;
    if (!last) return;
    form ??= makeForm(last, context, found);
    if (!form.root.isConnected) place.replaceChildren(form.root);
    // What cannot be read is not overwritten either: the form shows what was there, and waits.
    form.set({ ...shown, isEditable: shown.isEditable && shown.state !== null }, last);
  };
  feed.onChange(show, signal);
  const root = element('div', { class: 'setup' }, bar.root, problem, place);
  show();
  return still(root);
}

/** What the workspace has; null and none until it is known. */
interface Findings {
  files: readonly string[] | null;
  models: readonly SetupModel[];
}

function findings({ ask }: SetupContext, changed: () => void): Findings {
  const found: Findings = { files: null, models: [] };
  ask('setupDatasets', {}).then(
    ({ files }) => {
      found.files = files.map(({ path }) => path);
      changed();
    },
    () => undefined,
  );
  ask('setupModels', {}).then(
    ({ models }) => {
      found.models = models;
      changed();
    },
    () => undefined,
  );
  return found;
}

function showProblem(place: HTMLElement, { isEditable, state, problem }: SetupShown): void {
  const lines = [
    ...(isEditable ? [] : [t('The file of this experiment is gone. This is what the run was made with.')]),
    ...(problem && state === null ? [t('The file cannot be read as it is now:')] : []),
    ...(problem ? [problem.message, problem.mend] : []),
  ];
  place.hidden = lines.length === 0;
  if (place.textContent !== lines.join('')) {
    place.replaceChildren(...lines.map((line) => element('p', {}, line)));
  }
}

interface Form {
  readonly root: HTMLElement;
  set(shown: SetupShown, state: SetupState): void;
}

function makeForm(initial: SetupState, context: SetupContext, found: Findings): Form {
  const sources = [nameField(context), modelField(context, () => found.models)];
  const utility = utilityField(context, () => found.files ?? []);
  const datasets = datasetList(context);
  const methods = initial.methods.map((method) => methodFields(method, context));
  const groups = (['sampling', 'responses', 'experiment'] as const).map((group) => ({
    group,
    fields: settingGroup(initial.settings[group], (name, value) =>
      context.change({ kind: 'setting', group, name, value }),
    ),
  }));
  const titles = { sampling: t('Sampling'), responses: t('Responses'), experiment: t('Template') };
  const root = element(
    'div',
    {},
    section(t('Model'), element('div', { class: 'settings' }, ...sources.map((field) => field.root))),
    section(t('Datasets'), datasets.root, utility.root),
    section(t('Methods'), ...methods.map((method) => method.root)),
    ...groups.map(({ group, fields }) => section(titles[group], fields.root)),
  );
  return {
    root,
    set(shown, state) {
      const { isEditable } = shown;
      for (const field of [...sources, utility]) field.set(state, isEditable);
      datasets.set(shown, state, found.files);
      methods.forEach((fields, i) => {
        const method = state.methods[i];
        if (method) fields.set(method, isEditable);
      });
      for (const { group, fields } of groups) fields.set(state.settings[group], isEditable);
    },
  };
}

const section = (title: string, ...children: HTMLElement[]): HTMLElement =>
  element('section', { 'aria-label': title }, element('h2', {}, title), ...children);
