/** The regions of one method and their pairwise IoU. */
import type { ExplorerMethod } from '../../../src/protocol/explorer/overview';
import type { OverlapView } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { element, noteList } from '../dom';
import { formatCount, formatPercent, formatRatio } from '../format';
import { dataGrid, scroller, widthOf, type GridCell } from '../ui';
import { chosenView } from './chosenView';
import { everyMethod, type Drawn, type Switches, type View } from './view';

/** As much room as random floors need in their smaller letters: 'random 0.0257'. */
const PAIR_NOTE = 'random 0.02';

export const overlap: View = {
  id: 'overlap',
  title: 'Overlap',
  isFor: (run) => run.methods.length > 0,
  methodsOf: everyMethod,
  switches: ['isoUtility'],
  render(context) {
    const { method, switches } = context;
    const slot = answerSlot(context, 'overlap', (answer) => show(method, answer, switches));
    if (method) slot.ask({ method: method.id });
    return slot;
  },
};

function show(method: ExplorerMethod | null, answer: Answer<'overlap'>, switches: Switches): Drawn {
  const title = method?.title ?? '';
  const { view, subject } = chosenView(answer, switches);
  return {
    root: element(
      'div',
      {},
      element('p', { class: 'lead' }, describe(method, answer)),
      ...noteList(answer.notes),
      element('h2', {}, 'Regions'),
      scroller(regionGrid(title, answer)),
      element('h2', {}, `Pairwise IoU, ${subject}`),
      scroller(pairwiseGrid(title, answer, view, subject)),
      element(
        'p',
        { class: 'lead' },
        'The smaller number is the random floor: what random regions of these sizes give.',
      ),
    ),
    repaint: () => undefined,
    dispose: () => undefined,
  };
}

function describe(method: ExplorerMethod | null, { universe, utility }: Answer<'overlap'>): string {
  const utilityText =
    utility === null ? 'no utility region' : `utility region ${utility.id}: ${formatCount(utility.size)}`;
  return [`${formatCount(universe)} ${method?.unit ?? 'unit'}s in all`, method?.selection ?? '', utilityText]
    .filter((part) => part !== '')
    .join(' \u00b7 ');
}

function regionGrid(title: string, { regions }: Answer<'overlap'>): HTMLElement {
  const number = (text: string): GridCell => ({ text });
  return dataGrid({
    label: `${title}: sizes of the regions`,
    columns: [
      { title: 'Region', width: widthOf(regions.map(({ id }) => id)) },
      { title: 'Size', width: 'minmax(8em, 1fr)', align: 'end' },
      { title: 'Share of all', width: 'minmax(7em, 1fr)', align: 'end' },
      { title: 'Left without utility', width: 'minmax(11em, 1fr)', align: 'end' },
      { title: 'Share left', width: 'minmax(7em, 1fr)', align: 'end' },
    ],
    rows: regions.map(({ id, size, density, isolatedSize }) => [
      { text: id, isRowHeader: true },
      number(formatCount(size)),
      number(formatPercent(density)),
      number(formatCount(isolatedSize)),
      number(formatPercent(isolatedSize === null || size === 0 ? null : isolatedSize / size)),
    ]),
  });
}

function pairwiseGrid(
  title: string,
  { regions }: Answer<'overlap'>,
  view: OverlapView,
  subject: string,
): HTMLElement {
  return dataGrid({
    label: `${title}: pairwise IoU of the regions ${subject}, with the random floor`,
    columns: [
      { title: 'Region', width: widthOf(regions.map(({ id }) => id)) },
      ...regions.map(({ id }) => ({ title: id, width: widthOf([id, PAIR_NOTE]), align: 'end' as const })),
    ],
    rows: regions.map(({ id }, row) => [
      { text: id, isRowHeader: true },
      ...regions.map((_, column): GridCell => {
        const value = view.pairwise[row]?.[column] ?? null;
        // A region against itself is 1 by definition: no floor to compare with, and no shade to draw the eye.
        if (row === column) return { text: formatRatio(value) };
        return {
          text: formatRatio(value),
          note: `random ${formatRatio(view.randomPairwise[row]?.[column])}`,
          shade: value ?? 0,
        };
      }),
    ]),
  });
}
