/** One method of a run: its regions, their pairwise IoU and how the n-way IoU converges. */
import type { ExplorerMethod, ExplorerRegion, OverlapView } from '../../src/protocol/explorer';
import { convergenceChart, type ConvergenceChart } from './convergenceChart';
import { element, noteList } from './dom';
import { formatCount, formatPercent, formatRatio } from './format';
import { dataGrid, widthOf, type GridCell } from './ui';

/** As much room as random floors need in their smaller letters: 'random 0.0257', and 'random 1.0e-15' of n regions. */
const PAIR_NOTE = 'random 0.02';
const NOTE = 'random 1.0e-';

export interface ViewOptions {
  /** Show the regions without the utility region, where the run has one. */
  readonly isoUtility: boolean;
  readonly logScale: boolean;
}

export interface MethodSection {
  readonly root: HTMLElement;
  readonly chart: ConvergenceChart;
}

export function methodSection(method: ExplorerMethod, options: ViewOptions): MethodSection {
  const isIso = options.isoUtility && method.isoUtility !== null;
  const view = isIso && method.isoUtility !== null ? method.isoUtility : method.plain;
  const subject = isIso ? 'without the utility region' : 'as selected';
  const headingId = `method-${method.id}`;
  const chart = convergenceChart(
    `${method.title}: n-way IoU of the regions ${subject}. The table beside it holds the same numbers.`,
    view,
    options.logScale,
  );
  const root = element(
    'section',
    { 'aria-labelledby': headingId, class: 'method', 'data-method': method.id },
    element('h2', { id: headingId }, method.title),
    element('p', { class: 'lead' }, describe(method)),
    ...noteList(method.notes),
    element('h3', {}, 'Regions'),
    scroller(regionGrid(method)),
    element('h3', {}, `Pairwise IoU, ${subject}`),
    scroller(pairwiseGrid(method, view, subject)),
    element(
      'p',
      { class: 'lead' },
      'The smaller number is the random floor: what random regions of these sizes give.',
    ),
    element('h3', {}, `Convergence of the n-way IoU, ${subject}`),
    element(
      'div',
      { class: 'convergence' },
      element('div', { class: 'chart' }, chart.canvas),
      scroller(convergenceGrid(method, view)),
    ),
  );
  return { root, chart };
}

const scroller = (grid: HTMLElement): HTMLElement => element('div', { class: 'scroller' }, grid);

function describe({ unit, universe, selection, utility }: ExplorerMethod): string {
  const utilityText =
    utility === null ? 'no utility region' : `utility region ${utility.id}: ${formatCount(utility.size)}`;
  return [`${formatCount(universe)} ${unit}s in all`, selection, utilityText]
    .filter((part) => part !== '')
    .join(' · ');
}

function regionGrid(method: ExplorerMethod): HTMLElement {
  const number = (text: string): GridCell => ({ text });
  return dataGrid({
    label: `${method.title}: sizes of the regions`,
    columns: [
      { title: 'Region', width: widthOf(method.regions.map(({ id }) => id)) },
      { title: 'Size', width: 'minmax(8em, 1fr)', align: 'end' },
      { title: 'Share of all', width: 'minmax(7em, 1fr)', align: 'end' },
      { title: 'Left without utility', width: 'minmax(11em, 1fr)', align: 'end' },
      { title: 'Share left', width: 'minmax(7em, 1fr)', align: 'end' },
    ],
    rows: method.regions.map(({ id, size, density, isolatedSize }) => [
      { text: id, isRowHeader: true },
      number(formatCount(size)),
      number(formatPercent(density)),
      number(formatCount(isolatedSize)),
      number(formatPercent(isolatedSize === null || size === 0 ? null : isolatedSize / size)),
    ]),
  });
}

function pairwiseGrid({ title, regions }: ExplorerMethod, view: OverlapView, subject: string): HTMLElement {
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

function convergenceGrid({ title, regions }: ExplorerMethod, view: OverlapView): HTMLElement {
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

const regionId = (regions: readonly ExplorerRegion[], index: number): string => regions[index]?.id ?? '';
