/** A figure with all that belongs to one: heading, picture, caption, its numbers as a table, and ways to take it along. */
import type { Figure } from '../../src/core/report/figure';
import { fullNames, legendLine } from '../../src/core/report/runLabels';
import { standaloneSvg } from '../../src/core/report/standaloneSvg';
import { tableCsv } from '../../src/core/report/tableCsv';
import type { ToHost } from '../../src/protocol/explorer/messages';
import type { RunLabel } from '../../src/protocol/explorer/overview';
import { element } from './dom';
import { drawingOf, type GridExtras } from './drawingOf';
import { still, type Drawn } from './drawn';
import { t } from './l10n';
import { svgToPng } from './svgToPng';
import { tableTwin } from './tableTwin';
import { button } from './ui';

export interface PanelOptions {
  readonly send: (message: ToHost) => void;
  /** Of the files, before the figure's title: the run, or the method. */
  readonly name: string;
  /** Which run is A, B, ...: pictures have a legend, and CSV has the names in full. */
  readonly labels?: readonly RunLabel[];
}

export interface FigurePanelOptions extends PanelOptions, GridExtras {
  /** In place of the table that the figure's own would give, and shown at once. */
  readonly table?: HTMLElement;
}

export function figurePanel(figure: Figure, options: FigurePanelOptions): Drawn {
  const drawing = drawingOf(figure, options);
  const root = panel(
    figure,
    [drawing.root],
    [twin(figure, options.table)],
    [...pictureButtons(figure, options), ...tableButtons(figure, options)],
  );
  return { root, repaint: () => drawing.repaint(), dispose: () => drawing.dispose() };
}

export type TableFigure = Pick<Figure, 'title' | 'caption' | 'table'>;

/** Numbers that no picture shows. */
export const tablePanel = (figure: TableFigure, options: PanelOptions): Drawn =>
  still(panel(figure, [tableTwin(figure.title, figure.table)], [], tableButtons(figure, options)));

let panels = 0;

function panel(
  { title, caption }: TableFigure,
  content: readonly HTMLElement[],
  below: readonly HTMLElement[],
  buttons: readonly HTMLElement[],
): HTMLElement {
  const headingId = `figure-${++panels}`;
  return element(
    'figure',
    { 'aria-labelledby': headingId },
    element('h2', { id: headingId }, title),
    ...content,
    element('figcaption', {}, caption),
    ...below,
    element('div', { class: 'exports', role: 'group', 'aria-label': t('Export: {0}', title) }, ...buttons),
  );
}

function twin({ title, table }: Figure, ready: HTMLElement | undefined): HTMLElement {
  const details = element(
    'details',
    ready ? { open: '' } : {},
    element('summary', { 'aria-label': t('Table of: {0}', title) }, t('Table')),
    ...(ready ? [ready] : []),
  );
  // Made when it is first looked at: some have thousands of cells.
  if (!ready)
    details.addEventListener('toggle', () => details.append(tableTwin(title, table)), { once: true });
  return details;
}

function pictureButtons(figure: Figure, { send, name, labels = [] }: PanelOptions): HTMLElement[] {
  const file = fileName(name, figure);
  const svg = (): string => standaloneSvg(figure, labels.map(legendLine));
  const failed = (error: unknown): void => send({ type: 'fault', message: String(error).slice(0, 1_000) });
  return [
    button(t('Save PNG'), 'secondary', () => {
      const saved = (data: string): void => send({ type: 'save', name: file, kind: 'png', data });
      svgToPng(svg()).then(saved, failed);
    }),
    button(t('Save SVG'), 'secondary', () => send({ type: 'save', name: file, kind: 'svg', data: svg() })),
  ];
}

function tableButtons(figure: TableFigure, { send, name, labels = [] }: PanelOptions): HTMLElement[] {
  const csv = (): string => tableCsv(fullNames(figure.table, labels));
  return [
    button(t('Save CSV'), 'secondary', () =>
      send({ type: 'save', name: fileName(name, figure), kind: 'csv', data: csv() }),
    ),
    button(t('Copy CSV'), 'secondary', () => send({ type: 'copy', text: csv() })),
  ];
}

const fileName = (name: string, { title }: TableFigure): string =>
  `${name} ${title}`
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 120);
