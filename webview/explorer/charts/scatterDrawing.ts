/** Points by kind, as `scatterChart` of the reports draws them. */
import { Chart, LinearScale, PointElement, ScatterController, type Point } from 'chart.js';
import type { ScatterOptions } from '../../../src/core/report/scatterChart';
import type { Drawn } from '../drawn';
import { formatNumber } from '../format';
import { chart, legendOf, paintScales, POINTS } from './chart';

Chart.register(LinearScale, PointElement, ScatterController);

/** px: as in the chart. */
const POINT_WIDTH = 10;

export function scatterDrawing({ groups, xTitle, yTitle }: ScatterOptions, label: string): Drawn {
  return chart(label, (canvas) => {
    const drawn = new Chart<'scatter', Point[], string>(canvas, {
      type: 'scatter',
      data: { datasets: [] },
      options: {
        scales: {
          x: { type: 'linear', grace: '8%', title: { display: true, text: xTitle } },
          y: { type: 'linear', grace: '8%', title: { display: true, text: yTitle } },
        },
        plugins: {
          legend: legendOf(
            ({ series }) =>
              groups.map(({ label: of, colour, marker }, datasetIndex) => ({
                label: of,
                colour: series(colour),
                width: 1,
                dash: [],
                point: POINTS[marker],
                datasetIndex,
              })),
            POINT_WIDTH,
          ),
          tooltip: {
            callbacks: {
              label: ({ datasetIndex, dataIndex }) => {
                const point = groups[datasetIndex]?.points[dataIndex];
                if (!point) return [];
                return [
                  point.name,
                  `${xTitle}: ${formatNumber(point.x)}`,
                  `${yTitle}: ${formatNumber(point.y)}`,
                ];
              },
            },
          },
        },
      },
    });
    return {
      paint(theme) {
        const { series } = theme;
        paintScales(drawn, theme);
        drawn.data.datasets = groups.map(({ label: of, colour, marker, points }) => ({
          label: of,
          data: points.map(({ x, y }) => ({ x, y })),
          backgroundColor: series(colour),
          borderColor: series(colour),
          pointStyle: POINTS[marker],
          pointRadius: 5,
          pointHoverRadius: 7,
        }));
        drawn.update('none');
      },
      destroy: () => drawn.destroy(),
    };
  });
}
