/** How the n-way IoU of one method's regions converges. */
import { lineChart } from '../../../src/core/report/lineChart';
import type { OverlapView } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import type { Drawn } from '../drawn';
import { figurePanel } from '../figurePanel';
import { formatRatio } from '../format';
import { panelOptions } from '../stageFigure';
import { dataGrid, scroller, widthOf, type GridCell } from '../ui';
import { chosenView } from './chosenView';
import { everyMethod, type View, type ViewContext } from './view';

/** As much room as random floors of n regions need in their smaller letters. */
const NOTE = 'random 1.0e-';

export const convergence: View = {
  id: 'convergence',
  title: 'Convergence',
  isFor: (run) => run.methods.some(({ regions }) => regions.length > 1),
  methodsOf: everyMethod,
  switches: ['isoUtility', 'logScale'],
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
  const figure = lineChart({
    title: `${title}: n-way IoU of the regions, ${subject}`,
    caption: 'Dotted: random regions of the same sizes. The table has the region that each step adds.',
    x: view.forward.map((_, index) => String(index + 1)),
    xTitle: 'regions (n)',
    yTitle: switches.logScale ? 'n-way IoU (log)' : 'n-way IoU',
    series: [
      { label: 'forward', values: view.forward, colour: 1, marker: 'circle' },
      { label: 'backward', values: view.backward, colour: 2, marker: 'triangle' },
      { label: 'chance, forward', values: view.randomForward, colour: 1, isFloor: true },
      { label: 'chance, backward', values: view.randomBackward, colour: 2, isFloor: true },
    ],
    isLog: switches.logScale,
  });
  const table = scroller(convergenceGrid(title, answer, view));
  return figurePanel(figure, { ...panelOptions(context), table });
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
