import { columnChart } from './columnChart';
import type { Figure, Plot } from './figure';
import { heatmap } from './heatmap';
import { lineChart } from './lineChart';
import { scatterChart } from './scatterChart';

/** The figure that a plot is of, its own table included. */
export function figureOf(plot: Plot): Figure {
  switch (plot.kind) {
    case 'heatmap':
      return heatmap(plot.options);
    case 'line':
      return lineChart(plot.options);
    case 'column':
      return columnChart(plot.options);
    case 'scatter':
      return scatterChart(plot.options);
  }
}
