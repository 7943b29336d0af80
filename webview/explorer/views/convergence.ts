/** How the n-way IoU of one method's regions converges. */
import type { ExplorerMethod } from '../../../src/protocol/explorer/overview';
import type { OverlapView } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { convergenceChart } from '../convergenceChart';
import { element } from '../dom';
import { formatRatio } from '../format';
import { dataGrid, scroller, widthOf, type GridCell } from '../ui';
import { chosenView } from './chosenView';
import { everyMethod, type Drawn, type Switches, type View } from './view';

/** As much room as random floors of n regions need in their smaller letters. */
const NOTE = 'random 1.0e-';

export const convergence: View = {
  id: 'convergence',
  title: 'Convergence',
  isFor: (run) => run.methods.some(({ regions }) => regions.length > 1),
  methodsOf: everyMethod,
  switches: ['isoUtility', 'logScale'],
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
  const chart = convergenceChart(
    `${title}: n-way IoU of the regions ${subject}. The table beside it holds the same numbers.`,
    view,
    switches.logScale,
  );
  const root = element(
    'div',
    {},
    element('h2', {}, `Convergence of the n-way IoU, ${subject}`),
    element(
      'div',
      { class: 'convergence' },
      element('div', { class: 'chart' }, chart.canvas),
      scroller(convergenceGrid(title, answer, view)),
    ),
  );
  return { root, repaint: () => chart.repaint(), dispose: () => chart.dispose() };
}

function convergenceGrid(title: string, { regions }: Answer<'overlap'>, view: OverlapView): HTMLElement {
  const cell = (
    values: readonly (number | null)[],
    floors: readonly (number | null)[],
    index: number,
  ): GridCell =>
    index === 0
      ? { text: formatRatio(values[index]) }
      : { text: formatRatio(values[index]), note: `random ${formatRatio(floors[index])}` };
  const ids = widthOf([...regions.map(({ id }) => id), 'Backward adds']);
  return dataGrid({
    label: `${title}: n-way IoU by number of regions, with the random floor`,
    columns: [
      { title: 'n', width: '4em', align: 'end' },
      { title: 'Forward adds', width: ids },
      { title: 'Forward', width: widthOf([NOTE]), align: 'end' },
      { title: 'Backward adds', width: ids },
      { title: 'Backward', width: widthOf([NOTE]), align: 'end' },
    ],
    rows: view.forward.map((_, index) => [
      { text: String(index + 1) },
      { text: regionId(regions, index), align: 'start' },
      cell(view.forward, view.randomForward, index),
      { text: regionId(regions, regions.length - 1 - index), align: 'start' },
      cell(view.backward, view.randomBackward, index),
    ]),
  });
}

const regionId = (regions: readonly { readonly id: string }[], index: number): string =>
  regions[index]?.id ?? '';
