/** The regions of one method and their pairwise IoU. */
import { pairScale } from '../../../src/core/report/floorFigures';
import { heatmap } from '../../../src/core/report/heatmap';
import { meanOf, offDiagonal } from '../../../src/core/report/methodFigures';
import type { ExplorerMethod } from '../../../src/protocol/explorer/overview';
import type { OverlapView } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { element, noteList } from '../dom';
import type { Drawn } from '../drawn';
import { figurePanel } from '../figurePanel';
import { formatCount, formatPercent, formatRatio } from '../format';
import { panelOptions } from '../stageFigure';
import { dataGrid, scroller, widthOf, type GridCell } from '../ui';
import { chosenView } from './chosenView';
import { everyMethod, type View, type ViewContext } from './view';

/** As much room as random floors need in their smaller letters: 'random 0.0257'. */
const PAIR_NOTE = 'random 0.02';

export const overlap: View = {
  id: 'overlap',
  title: 'Overlap',
  isFor: (run) => run.methods.length > 0,
  methodsOf: everyMethod,
  switches: ['isoUtility'],
  render(context) {
    const { method } = context;
    const slot = answerSlot(context, 'overlap', (answer) => show(context, answer));
    if (method) slot.ask({ method: method.id });
    return slot;
  },
};

function show(context: ViewContext, answer: Answer<'overlap'>): Drawn {
  const { method, switches } = context;
  const title = method?.title ?? '';
  const { view, subject } = chosenView(answer, switches);
  const ids = answer.regions.map(({ id }) => id);
  const figure = heatmap({
    title: `${title}: IoU of every pair, ${subject}`,
    caption: 'In the table, the smaller number is the random floor: what random regions of these sizes give.',
    rows: ids,
    columns: ids,
    values: view.pairwise,
    top: pairScale(answer.plain.pairwise, answer.isoUtility?.pairwise ?? []),
    floor: meanOf(offDiagonal(view.randomPairwise)),
    isSymmetric: true,
  });
  const panel = figurePanel(figure, {
    ...panelOptions(context),
    table: scroller(pairwiseGrid(title, answer, view, subject)),
    describe: (row, column) =>
      row === column ? [] : [`random ${formatRatio(view.randomPairwise[row]?.[column])}`],
  });
  const root = element(
    'div',
    {},
    element('p', { class: 'lead' }, describe(method, answer)),
    ...noteList(answer.notes),
    element('h2', {}, 'Regions'),
    scroller(regionGrid(title, answer)),
    panel.root,
  );
  return { ...panel, root };
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
    label: `${title}: pairwise IoU ${subject}, with the random floor`,
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
