import type { Figure } from '../../src/core/report/figure';
import { canvasGrid, type CanvasGridOptions } from './canvasGrid';
import { columnDrawing } from './charts/columnDrawing';
import { lineDrawing } from './charts/lineDrawing';
import { scatterDrawing } from './charts/scatterDrawing';
import type { Drawn } from './drawn';
import { t } from './l10n';

export type GridExtras = Pick<CanvasGridOptions, 'describe' | 'start' | 'onActivate'>;

/** How a figure is drawn on the page, which can be pointed at and walked through. */
export function drawingOf({ plot, title, caption }: Figure, extras: GridExtras = {}): Drawn {
  const label = `${title}. ${caption}`;
  switch (plot.kind) {
    case 'heatmap':
      return canvasGrid({ ...plot.options, ...extras, label: t('{0}, heatmap', title) });
    case 'line':
      return lineDrawing(plot.options, label);
    case 'column':
      return columnDrawing(plot.options, label);
    case 'scatter':
      return scatterDrawing(plot.options, label);
  }
}
