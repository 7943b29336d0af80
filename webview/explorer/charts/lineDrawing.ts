/** Curves over whole numbers, as `lineChart` of the reports draws them. */
import {
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type ChartDataset,
  type Plugin,
} from 'chart.js';
import { dashOf, type LineChartOptions, type Series, type Span } from '../../../src/core/report/lineChart';
import type { Drawn } from '../drawn';
import { formatNumber } from '../format';
import { readTheme, type FigureTheme } from '../theme';
import { chart, legendOf, paintScales, POINTS, type KeyItem } from './chart';

Chart.register(
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
);

type LineDataset = ChartDataset<'line', (number | null)[]>;

export function lineDrawing(options: LineChartOptions, label: string): Drawn {
  const { x, series, levels = [], spans = [], isLog = false, yRange } = options;
  const curves: readonly Series[] = [
    ...series,
    ...levels.map(({ label: of, value, colour }) => ({
      label: of,
      values: x.map(() => value),
      colour,
      isLevel: true,
    })),
  ];
  return chart(label, (canvas) => {
    const drawn = new Chart<'line', (number | null)[], string>(canvas, {
      type: 'line',
      data: { labels: [...x], datasets: [] },
      options: {
        interaction: { mode: 'index', intersect: false },
        scales: {
          x: { title: { display: true, text: options.xTitle } },
          y: isLog
            ? { type: 'logarithmic', max: 1, title: { display: true, text: options.yTitle } }
            : {
                type: 'linear',
                beginAtZero: true,
                ...(areWhole(options) ? { ticks: { precision: 0 } } : {}),
                ...(yRange ? { min: yRange[0], max: yRange[1] } : {}),
                title: { display: true, text: options.yTitle },
              },
        },
        plugins: {
          legend: legendOf((theme) => [
            ...curves.map((one, at) => keyItem(one, at, theme)),
            ...spans.map((span) => spanKey(span, theme)),
          ]),
          tooltip: {
            filter: ({ dataset }) => dataset.label !== '',
            callbacks: { label: ({ datasetIndex, dataIndex }) => valueText(curves[datasetIndex], dataIndex) },
          },
        },
      },
      plugins: [brackets(spans)],
    });
    return {
      paint(theme) {
        paintScales(drawn, theme);
        // Bands lie behind all curves and have no name.
        drawn.data.datasets = [
          ...curves.map((one) => curve(one, isLog, theme)),
          ...curves.flatMap((one, at) => band(one, at, theme)),
        ];
        drawn.update('none');
      },
      destroy: () => drawn.destroy(),
    };
  });
}

const dashesOf = (colour: number): number[] => (dashOf(colour) ?? '').split(' ').filter(Boolean).map(Number);

const curveDash = ({ isFloor, colour, isLevel }: Series & { isLevel?: boolean }): number[] => {
  if (isLevel === true) return [14, 3];
  return isFloor === true ? [2, 4] : dashesOf(colour);
};
/** Counts have no ticks between them. */
const areWhole = ({ series, levels = [] }: LineChartOptions): boolean =>
  [
    ...series.filter(({ isFloor }) => isFloor !== true).flatMap(({ values }) => values),
    ...levels.map(({ value }) => value),
  ].every((value) => value === null || Number.isInteger(value));

function valueText(of: Series | undefined, at: number): string {
  const spread = of?.spread ? ` \u00b1 ${formatNumber(of.spread[at])}` : '';
  return `${of?.label ?? ''}: ${formatNumber(of?.values[at])}${spread}`;
}

const widthOf = ({ isFloor }: Series): number => (isFloor === true ? 1.5 : 2);

const curve = (one: Series, isLog: boolean, theme: FigureTheme): LineDataset => ({
  label: one.label,
  // A logarithm of nought is nowhere: leave a gap, the table says 0.
  data: one.values.map((value) => (isLog && value !== null && value <= 0 ? null : value)),
  borderColor: theme.series(one.colour),
  backgroundColor: theme.series(one.colour),
  borderWidth: widthOf(one),
  borderDash: curveDash(one),
  pointStyle: one.marker ? POINTS[one.marker] : 'line',
  pointRadius: one.marker ? 4 : 0,
  order: 0,
  // The first point lies on the edge, at 1: it is drawn whole.
  clip: false,
});

/** Half the height of a band about the line: its edges are two more datasets, filled between. */
function band({ values, spread, colour }: Series, at: number, theme: FigureTheme): LineDataset[] {
  if (!spread) return [];
  const edge = (sign: number, fill: LineDataset['fill']): LineDataset => ({
    label: '',
    data: values.map((value, i) => (value === null ? null : value + sign * (spread[i] ?? 0))),
    borderWidth: 0,
    pointRadius: 0,
    pointHitRadius: 0,
    backgroundColor: `color-mix(in srgb, ${theme.series(colour)} 14%, transparent)`,
    fill,
    order: 1,
  });
  return [edge(1, at), edge(-1, at)];
}

const keyItem = (one: Series, datasetIndex: number, theme: FigureTheme): KeyItem => ({
  label: one.label,
  colour: theme.series(one.colour),
  width: widthOf(one),
  dash: curveDash(one),
  point: 'line',
  datasetIndex,
});

const SPAN_ROW = 12;

/** Ranges of x, as brackets at the top. */
const brackets = (spans: readonly Span[]): Plugin<'line'> => ({
  id: 'brackets',
  afterDatasetsDraw(drawn) {
    const { ctx, chartArea, scales } = drawn;
    const { x } = scales;
    if (!x) return;
    const theme = readTheme();
    const half = 0.35 * (x.getPixelForValue(1) - x.getPixelForValue(0));
    spans.forEach(({ from, to, colour }, row) => {
      const left = Math.max(chartArea.left, x.getPixelForValue(from) - half);
      const right = Math.min(chartArea.right, x.getPixelForValue(to) + half);
      const top = chartArea.top + 5 + row * SPAN_ROW;
      ctx.save();
      ctx.strokeStyle = theme.series(colour);
      ctx.lineWidth = 2;
      ctx.setLineDash(dashesOf(colour));
      ctx.beginPath();
      ctx.moveTo(left, top + 6);
      ctx.lineTo(left, top);
      ctx.lineTo(right, top);
      ctx.lineTo(right, top + 6);
      ctx.stroke();
      ctx.restore();
    });
  },
});

/** Of no dataset: a click on it hides nothing. */
const spanKey = ({ label, colour }: Span, theme: FigureTheme): KeyItem => ({
  label,
  colour: theme.series(colour),
  width: 2,
  dash: dashesOf(colour),
  point: 'line',
  datasetIndex: null,
});
