import { columnChart } from './columnChart';
import type { Figure, Plot } from './figure';
import { heatmap } from './heatmap';
import { lineChart } from './lineChart';
import { scatterChart } from './scatterChart';
import type { Translate } from './translate';

/** The figure that a plot is of, its own table included. */
export function figureOf(plot: Plot, t: Translate): Figure {
  switch (plot.kind) {
    case 'heatmap':
      return heatmap(plot.options, t);
    case 'line':
      return lineChart(plot.options);
    case 'column':
      return columnChart(plot.options, t);
    case 'scatter':
      return scatterChart(plot.options, t);
  }
}
