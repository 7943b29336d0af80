/** Columns with the spread of their values and a line across each where chance is, as `columnChart` draws them. */
import { BarController, BarElement, CategoryScale, Chart, LinearScale, type Plugin } from 'chart.js';
import { mostOf, type Column, type ColumnChartOptions } from '../../../src/core/report/columnChart';
import type { Drawn } from '../drawn';
import { formatNumber } from '../format';
import { t } from '../l10n';
import { readTheme } from '../theme';
import { chart, legendOf, paintScales } from './chart';

Chart.register(BarController, BarElement, CategoryScale, LinearScale);

export function columnDrawing({ columns, xTitle, yTitle }: ColumnChartOptions, label: string): Drawn {
  const hasFloors = columns.some(({ floor }) => floor !== null);
  return chart(label, (canvas) => {
    const drawn = new Chart<'bar', (number | null)[], string>(canvas, {
      type: 'bar',
      data: { labels: columns.map((column) => column.label), datasets: [] },
      options: {
        scales: {
          x: { title: { display: true, text: xTitle }, grid: { display: false } },
          y: { beginAtZero: true, suggestedMax: mostOf(columns), title: { display: true, text: yTitle } },
        },
        plugins: {
          legend: legendOf(({ colour }) => {
            const item = { dash: [], point: 'line' as const, datasetIndex: null };
            return [
              { ...item, label: t('least to most'), colour: colour('ink'), width: 1.4 },
              ...(hasFloors ? [{ ...item, label: t('chance'), colour: colour('floor'), width: 2.4 }] : []),
            ];
          }),
          tooltip: { callbacks: { label: ({ dataIndex }) => describe(columns[dataIndex]) } },
        },
      },
      plugins: [marks(columns)],
    });
    return {
      paint(theme) {
        const { series } = theme;
        paintScales(drawn, theme);
        drawn.data.datasets = [
          {
            label: yTitle,
            data: columns.map(({ value }) => value),
            backgroundColor: `color-mix(in srgb, ${series(1)} 75%, transparent)`,
            borderColor: series(1),
            borderWidth: 1,
            maxBarThickness: 44,
          },
        ];
        drawn.update('none');
      },
      destroy: () => drawn.destroy(),
    };
  });
}

function describe(column: Column | undefined): string[] {
  if (!column) return [];
  const { value, range, floor } = column;
  return [
    `${t('mean')}: ${formatNumber(value)}`,
    ...(range ? [`${t('least')}: ${formatNumber(range[0])}`, `${t('most')}: ${formatNumber(range[1])}`] : []),
    ...(floor === null ? [] : [`${t('chance')}: ${formatNumber(floor)}`]),
  ];
}

const marks = (columns: readonly Column[]): Plugin<'bar'> => ({
  id: 'marks',
  afterDatasetsDraw(drawn) {
    const { ctx, scales } = drawn;
    const { y } = scales;
    const { colour } = readTheme();
    if (!y) return;
    drawn.getDatasetMeta(0).data.forEach((bar, i) => {
      const { floor = null, range = null } = columns[i] ?? {};
      const { x, width } = bar.getProps(['x', 'width'], true) as { x: number; width: number };
      if (range)
        stroke(ctx, colour('ink'), 1.4, [x, y.getPixelForValue(range[0]), x, y.getPixelForValue(range[1])]);
      if (floor !== null) {
        const at = y.getPixelForValue(floor);
        stroke(ctx, colour('floor'), 2.4, [x - width / 2 - 2, at, x + width / 2 + 2, at]);
      }
    });
  },
});

function stroke(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
): void {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
  context.restore();
}
