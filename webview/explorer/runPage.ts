/** A whole run: summary, switches and one section a method. */
import type { ExplorerRun } from '../../src/protocol/explorer';
import { element, noteList } from './dom';
import { formatCount } from './format';
import { methodSection, type MethodSection, type ViewOptions } from './methodSection';
import { checkbox, dataGrid, setEnabled, widthOf } from './ui';

export interface RunPage {
  readonly root: HTMLElement;
  repaint(): void;
  dispose(): void;
}

export function runPage(
  run: ExplorerRun,
  initial: ViewOptions,
  onOptions: (options: ViewOptions) => void,
): RunPage {
  let options = initial;
  let sections: MethodSection[] = [];
  const methods = element('div', { class: 'methods' });

  const change = (changed: Partial<ViewOptions>): void => {
    options = { ...options, ...changed };
    onOptions(options);
    showMethods();
  };
  const showMethods = (): void => {
    for (const { chart } of sections) chart.dispose();
    sections = run.methods.map((method) => methodSection(method, options));
    methods.replaceChildren(...sections.map(({ root }) => root));
  };

  const isoUtility = checkbox('Subtract the utility region (iso-utility)', options.isoUtility, (checked) =>
    change({ isoUtility: checked }),
  );
  const hasUtility = run.methods.some((method) => method.isoUtility !== null);
  setEnabled(isoUtility, hasUtility);
  const logScale = checkbox('Logarithmic curves', options.logScale, (checked) =>
    change({ logScale: checked }),
  );
  showMethods();

  const root = element(
    'main',
    {},
    element('h1', {}, run.name),
    summary(run),
    ...noteList(run.notes),
    element('h2', {}, 'Datasets'),
    element('div', { class: 'scroller' }, datasetGrid(run)),
    element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'View' },
      isoUtility,
      logScale,
      ...(hasUtility
        ? []
        : [element('span', { class: 'lead' }, 'This run has no utility dataset to subtract.')]),
    ),
    methods,
  );
  return {
    root,
    repaint: () => {
      for (const { chart } of sections) chart.repaint();
    },
    dispose: () => {
      for (const { chart } of sections) chart.dispose();
    },
  };
}

function summary(run: ExplorerRun): HTMLElement {
  const facts = [{ label: 'Model', value: run.model }, ...run.facts];
  return element(
    'dl',
    { class: 'facts' },
    ...facts.map(({ label, value }) =>
      element('div', {}, element('dt', {}, label), element('dd', { title: value }, value)),
    ),
  );
}

function datasetGrid(run: ExplorerRun): HTMLElement {
  return dataGrid({
    label: 'Datasets of the run',
    columns: [
      { title: 'Dataset', width: widthOf(run.datasets.map(({ id }) => id)) },
      { title: 'Role', width: 'minmax(8em, 1fr)' },
      { title: 'Samples', width: 'minmax(6em, 1fr)', align: 'end' },
      { title: 'Source', width: 'minmax(16em, 4fr)' },
    ],
    rows: run.datasets.map(({ id, role, samples, source }) => [
      { text: id, isRowHeader: true },
      { text: role, align: 'start' },
      { text: formatCount(samples) },
      { text: source, align: 'start' },
    ]),
  });
}
