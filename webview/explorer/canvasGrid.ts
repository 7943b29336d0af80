/**
 * A heatmap that can be walked through: arrow keys move a cursor from cell to cell, a line below says its row, column and
 * value, and so does a tooltip under the pointer.
 */
import { numberText } from '../../src/core/report/figure';
import type { HeatmapOptions } from '../../src/core/report/heatmap';
import { element } from './dom';
import type { Drawn } from './drawn';
import { cellAt, gridLayout, movedBy, type GridLayout, type GridPlace } from './gridLayout';
import { t } from './l10n';
import { paintGrid } from './gridPainter';
import { readTheme } from './theme';

export interface CanvasGridOptions extends HeatmapOptions {
  /** Name for assistive technology. */
  readonly label: string;
  /** Beside the value of a cell, one line each. */
  readonly describe?: (row: number, column: number) => readonly string[];
  /** The cell that the cursor begins at; the first one where left out. */
  readonly start?: GridPlace;
  /** Enter, Space or a click. */
  readonly onActivate?: (row: number, column: number) => void;
}

let grids = 0;

export function canvasGrid(options: CanvasGridOptions): Drawn {
  const shape = { rows: options.rows.length, columns: options.columns.length };
  const cellId = `grid-cell-${++grids}`;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  const cell = element('div', { role: 'gridcell', id: cellId });
  const row = element('div', { role: 'row' }, cell);
  const tip = element('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
  const grid = element(
    'div',
    {
      role: 'grid',
      tabindex: '0',
      'aria-label': options.label,
      'aria-rowcount': String(shape.rows),
      'aria-colcount': String(shape.columns),
      'aria-activedescendant': cellId,
    },
    canvas,
    row,
    tip,
  );
  const status = element('p', { role: 'status' });
  const stage = element('div', { class: 'stage' }, grid);
  let cursor: GridPlace = options.start ?? { row: 0, column: 0 };
  let layout: GridLayout | null = null;

  const paint = (): void => {
    const { cellWidth, cellHeight } = options;
    const width = Math.max(320, stage.clientWidth - 4);
    layout = gridLayout({ ...shape, ...nameWidths(options), width, cellWidth, cellHeight });
    paintGrid(canvas, layout, options, readTheme());
    placeCursor();
  };
  const placeCursor = (): void => {
    if (!layout) return;
    row.style.width = `${layout.cellWidth + 1}px`;
    row.style.height = `${layout.cellHeight + 1}px`;
    const [x, y] = [
      layout.left + cursor.column * layout.cellWidth,
      layout.top + cursor.row * layout.cellHeight,
    ];
    row.style.transform = `translate(${x}px, ${y}px)`;
    row.setAttribute('aria-rowindex', String(cursor.row + 1));
    cell.setAttribute('aria-colindex', String(cursor.column + 1));
    cell.textContent = sentence(options, cursor).join(', ');
  };
  const moveTo = (place: GridPlace): void => {
    cursor = place;
    placeCursor();
    status.textContent = sentence(options, cursor).join(' \u00b7 ');
    // A grid that is wider than the page follows its cursor.
    row.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  const pointed = (event: MouseEvent): GridPlace | null =>
    layout && cellAt(layout, shape, event.offsetX, event.offsetY);

  grid.addEventListener('focus', () => moveTo(cursor));
  grid.addEventListener('keydown', (event) => {
    const isActivation = event.key === 'Enter' || event.key === ' ';
    const moved = movedBy(event.key, event.ctrlKey || event.metaKey, cursor, shape);
    if (event.key === 'Escape') tip.hidden = true;
    if (moved) moveTo(moved);
    else if (isActivation) options.onActivate?.(cursor.row, cursor.column);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener('mousemove', (event) => {
    const place = pointed(event);
    tip.hidden = place === null;
    if (!place || !layout) return;
    tip.textContent = sentence(options, place).join('\n');
    const x = Math.min(event.offsetX + 14, layout.width - tip.offsetWidth - 4);
    tip.style.transform = `translate(${Math.max(0, x)}px, ${event.offsetY + 18}px)`;
  });
  canvas.addEventListener('mouseleave', () => (tip.hidden = true));
  canvas.addEventListener('click', (event) => {
    const place = pointed(event);
    if (!place) return;
    grid.focus({ preventScroll: true });
    moveTo(place);
    options.onActivate?.(place.row, place.column);
  });
  // Also tells when the grid gets onto the page, before which it has no width.
  const resized = new ResizeObserver(paint);
  resized.observe(stage);
  return {
    root: element('div', { class: 'canvas-grid' }, stage, status),
    repaint: paint,
    dispose: () => resized.disconnect(),
  };
}

function sentence(options: CanvasGridOptions, { row, column }: GridPlace): string[] {
  const value = options.values[row]?.[column] ?? null;
  return [
    `${options.rows[row] ?? ''}, ${options.columns[column] ?? ''}: ${value === null ? t('undefined') : numberText(value)}`,
    ...(options.describe?.(row, column) ?? []),
  ];
}

function nameWidths({ rows, columns }: CanvasGridOptions): { rowNames: number; columnNames: number } {
  const context = document.createElement('canvas').getContext('2d');
  const { font, fontSize } = readTheme();
  if (context) context.font = `${Math.min(12, fontSize)}px ${font}`;
  const widest = (names: readonly string[]): number =>
    Math.max(0, ...names.map((name) => context?.measureText(name).width ?? 0));
  return { rowNames: widest(rows), columnNames: widest(columns) };
}
