/** Figures of what methods leave beside their regions. */
import type { Figure } from '../../src/core/report/figure';
import { lineChart, type LineChartOptions } from '../../src/core/report/lineChart';
import type { Drawn } from './drawn';
import { figurePanel, tablePanel, type PanelOptions, type TableFigure } from './figurePanel';
import type { ViewContext } from './views/view';

export const lineFigure = (context: ViewContext, options: LineChartOptions): Drawn =>
  figurePanel(lineChart(options), panelOptions(context));

export const tableFigure = (context: ViewContext, figure: TableFigure): Drawn =>
  tablePanel(figure, panelOptions(context));

export const matrixFigure = (context: ViewContext, figure: Figure): Drawn =>
  figurePanel(figure, panelOptions(context));

/** Of a figure of the chosen method. */
export const panelOptions = ({ run, method, send }: ViewContext): PanelOptions => ({
  send,
  name: `${run.name} ${method?.id ?? ''}`,
  labels: run.labels ?? [],
});
