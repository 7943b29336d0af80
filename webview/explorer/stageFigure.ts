/** Figures of what methods leave beside their regions. */
import type { DataTable, Figure } from '../../src/core/report/figure';
import { lineChart, type LineChartOptions } from '../../src/core/report/lineChart';
import { lineCanvas } from './charts/lineCanvas';
import { element } from './dom';
import { t } from './l10n';
import type { Drawn, ViewContext } from './views/view';

const still = { repaint: () => undefined, dispose: () => undefined };

export function lineFigure(_: ViewContext, options: LineChartOptions): Drawn {
  const { title, caption, table } = lineChart(options);
  const chart = lineCanvas(options);
  const root = frame(title, caption, element('div', { class: 'chart' }, chart.canvas), twin(table));
  return { root, repaint: () => chart.repaint(), dispose: () => chart.dispose() };
}

export const tableFigure = (
  _: ViewContext,
  { title, caption, table }: Pick<Figure, 'title' | 'caption' | 'table'>,
): Drawn => ({ root: frame(title, caption, tableOf(table)), ...still });

export const matrixFigure = (_: ViewContext, { title, caption, table }: Figure): Drawn => ({
  root: frame(title, caption, tableOf(table)),
  ...still,
});

const frame = (title: string, caption: string, ...content: HTMLElement[]): HTMLElement =>
  element(
    'figure',
    { 'aria-label': title },
    element('h3', {}, title),
    ...content,
    element('figcaption', {}, caption),
  );

const twin = (table: DataTable): HTMLElement =>
  element('details', {}, element('summary', {}, t('Table')), tableOf(table));

const tableOf = ({ head, rows }: DataTable): HTMLElement =>
  element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, name)))),
    element(
      'tbody',
      {},
      ...rows.map(([name = '', ...cells]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          ...cells.map((cell) => element('td', {}, cell)),
        ),
      ),
    ),
  );
