/** The run itself: what it ran with, and its datasets. */
import type { ExplorerRun } from '../../../src/protocol/explorer/overview';
import { element, noteList } from '../dom';
import { still } from '../drawn';
import { factList } from '../factList';
import { formatCount } from '../format';
import { t } from '../l10n';
import { dataGrid, scroller, widthOf } from '../ui';
import { noMethod, type View } from './view';

export const run: View = {
  id: 'run',
  title: t('Run'),
  isFor: () => true,
  methodsOf: noMethod,
  switches: [],
  render: ({ run: shown }) =>
    still(
      element(
        'div',
        {},
        factList([{ label: t('Model'), value: shown.model }, ...shown.facts]),
        ...noteList(shown.notes),
        element('h2', {}, t('Datasets')),
        scroller(datasetGrid(shown)),
      ),
    ),
};

function datasetGrid({ datasets }: ExplorerRun): HTMLElement {
  return dataGrid({
    label: t('Datasets of the run'),
    columns: [
      { title: t('Dataset'), width: widthOf(datasets.map(({ id }) => id)) },
      { title: t('Role'), width: 'minmax(8em, 1fr)' },
      { title: t('Samples'), width: 'minmax(6em, 1fr)', align: 'end' },
      { title: t('Source'), width: 'minmax(16em, 4fr)' },
    ],
    rows: datasets.map(({ id, role, samples, source }) => [
      { text: id, isRowHeader: true },
      { text: role === 'utility' ? t('utility') : t('identification'), align: 'start' },
      { text: formatCount(samples) },
      { text: source, align: 'start' },
    ]),
  });
}
