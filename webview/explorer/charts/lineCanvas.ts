/** Curves as chart.js draws them, from the same description that `lineChart` of core makes an SVG of. */
import {
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
  type ChartDataset,
  type LegendItem,
  type Plugin,
} from 'chart.js';
import { numberText } from '../../../src/core/report/figure';
import { dashOf, type LineChartOptions, type Series } from '../../../src/core/report/lineChart';
import { readTheme, type ChartTheme } from '../theme';

Chart.register(
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
);

type Line = Chart<'line', (number | null)[], string>;

export interface ChartDrawing {
  readonly canvas: HTMLCanvasElement;
  /** Reads the theme's colours again. */
  repaint(): void;
  dispose(): void;
}

const FLOOR_DASH = [2, 4];
const LEVEL_DASH = [12, 3];
const SPAN_ROW_PX = 10;

export function lineCanvas(options: LineChartOptions): ChartDrawing {
  const { title, caption, x, yTitle, xTitle, yRange, isLog = false } = options;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `${title}. ${caption}`);
  let theme = readTheme();
  const chart: Line = new Chart(canvas, {
    type: 'line',
    data: { labels: [...x], datasets: [] },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { title: { display: true, text: xTitle } },
        y: {
          ...(isLog
            ? { type: 'logarithmic' as const }
            : {
                type: 'linear' as const,
                beginAtZero: true,
                ...(areWhole(options) && { ticks: { precision: 0 } }),
              }),
          ...(yRange && { min: yRange[0], max: yRange[1] }),
          title: { display: true, text: yTitle },
        },
      },
      plugins: {
        legend: {
          position: 'bottom',
          align: 'start',
          labels: {
            usePointStyle: true,
            pointStyleWidth: 36,
            padding: 12,
            generateLabels: () => legendItems(options, chart, theme),
          },
          onClick: (_, { datasetIndex }) => {
            // A bracket is no curve that could be hidden.
            if (datasetIndex === undefined) return;
            chart.setDatasetVisibility(datasetIndex, !chart.isDatasetVisible(datasetIndex));
            chart.update('none');
          },
        },
        tooltip: {
          callbacks: { label: ({ datasetIndex, dataIndex }) => valueText(options, datasetIndex, dataIndex) },
        },
      },
    },
    plugins: [marks(options, () => theme)],
  });
  const repaint = (): void => {
    theme = readTheme();
    applyTheme(chart, theme);
    chart.data.datasets = datasets(options, theme);
    chart.update('none');
  };
  repaint();
  return { canvas, repaint, dispose: () => chart.destroy() };
}

const COLOURS = ['blue', 'purple', 'green', 'yellow'] as const;

function colourOf(colour: number, { foreground }: ChartTheme): string {
  const name = `--vscode-charts-${COLOURS[(colour - 1) % COLOURS.length] ?? ''}`;
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || foreground;
}

const dashes = (colour: number): number[] => (dashOf(colour) ?? '').split(' ').filter(Boolean).map(Number);

/** Counts have no ticks between them. */
const areWhole = ({ series, levels = [] }: LineChartOptions): boolean =>
  [
    ...series.filter(({ isFloor }) => !isFloor).flatMap(({ values }) => values),
    ...levels.map(({ value }) => value),
  ].every((value) => value === null || Number.isInteger(value));

const MARKERS = { circle: 'circle', square: 'rect', triangle: 'triangle' } as const;

function datasets(
  { series, levels = [], x, isLog = false }: LineChartOptions,
  theme: ChartTheme,
): ChartDataset<'line', (number | null)[]>[] {
  const common = (
    label: string,
    colour: number,
  ): Partial<ChartDataset<'line', (number | null)[]>> & { label: string } => ({
    label,
    borderColor: colourOf(colour, theme),
    backgroundColor: colourOf(colour, theme),
    // Points on the edge are drawn whole.
    clip: false,
  });
  return [
    ...series.map(({ label, values, colour, isFloor = false, marker }) => ({
      ...common(label, colour),
      // A logarithm of nought is nowhere: leave a gap, the table says 0.
      data: values.map((value) => (isLog && value === 0 ? null : value)),
      borderWidth: isFloor ? 1.5 : 2,
      borderDash: isFloor ? FLOOR_DASH : dashes(colour),
      pointStyle: marker ? MARKERS[marker] : ('line' as const),
      pointRadius: marker ? 4 : 0,
    })),
    ...levels.map(({ label, value, colour }) => ({
      ...common(label, colour),
      data: x.map(() => value),
      borderWidth: 1.5,
      borderDash: LEVEL_DASH,
      pointStyle: 'line' as const,
      pointRadius: 0,
    })),
  ];
}

/** A stroke a curve, dashed as the curve is: points alone would not tell measured from random. */
function legendItems(
  { series, levels = [], spans = [] }: LineChartOptions,
  chart: Line,
  theme: ChartTheme,
): LegendItem[] {
  const item = (text: string, colour: number, lineDash: number[], width: number): LegendItem => ({
    text,
    pointStyle: 'line',
    fontColor: theme.foreground,
    strokeStyle: colourOf(colour, theme),
    lineWidth: width,
    lineDash,
  });
  const curves = [
    ...series.map(({ label, colour, isFloor = false }) =>
      item(label, colour, isFloor ? FLOOR_DASH : dashes(colour), isFloor ? 1.5 : 2),
    ),
    ...levels.map(({ label, colour }) => item(label, colour, LEVEL_DASH, 1.5)),
  ];
  return [
    ...curves.map((of, datasetIndex) => ({
      ...of,
      datasetIndex,
      hidden: !chart.isDatasetVisible(datasetIndex),
    })),
    ...spans.map(({ label, colour }) => item(label, colour, dashes(colour), 2)),
  ];
}

function valueText({ series, levels = [] }: LineChartOptions, curve: number, at: number): string {
  const of = series[curve];
  if (!of)
    return `${levels[curve - series.length]?.label ?? ''}: ${numberText(levels[curve - series.length]?.value)}`;
  const spread = of.spread ? ` \u00b1 ${numberText(of.spread[at])}` : '';
  return `${of.label}: ${numberText(of.values[at])}${spread}`;
}

/** Bands about curves, behind them; brackets over stretches of the x axis. */
const marks = ({ series, spans = [] }: LineChartOptions, theme: () => ChartTheme): Plugin<'line'> => ({
  id: 'marks',
  beforeDatasetsDraw({ ctx, scales }) {
    series.forEach((one) => drawBand(ctx, one, scales, theme()));
  },
  afterDatasetsDraw({ ctx, scales, chartArea }) {
    const { x } = scales;
    if (!x) return;
    const step = x.getPixelForValue(1) - x.getPixelForValue(0);
    spans.forEach(({ from, to, colour }, row) => {
      const left = Math.max(chartArea.left, x.getPixelForValue(from) - 0.35 * step);
      const right = Math.min(chartArea.right, x.getPixelForValue(to) + 0.35 * step);
      const y = chartArea.top + 4 + row * SPAN_ROW_PX;
      ctx.save();
      ctx.strokeStyle = colourOf(colour, theme());
      ctx.lineWidth = 2;
      ctx.setLineDash(dashes(colour));
      ctx.beginPath();
      ctx.moveTo(left, y + 6);
      ctx.lineTo(left, y);
      ctx.lineTo(right, y);
      ctx.lineTo(right, y + 6);
      ctx.stroke();
      ctx.restore();
    });
  },
});

function drawBand(
  ctx: CanvasRenderingContext2D,
  { values, spread, colour }: Series,
  { x, y }: Chart<'line'>['scales'],
  theme: ChartTheme,
): void {
  if (!spread || !x || !y || values.some((value) => value === null)) return;
  const edge = (sign: number): [number, number][] =>
    values.map((value, i) => [
      x.getPixelForValue(i),
      y.getPixelForValue((value ?? 0) + sign * (spread[i] ?? 0)),
    ]);
  ctx.save();
  ctx.fillStyle = colourOf(colour, theme);
  ctx.globalAlpha = 0.14;
  ctx.beginPath();
  for (const [left, top] of [...edge(1), ...edge(-1).reverse()]) ctx.lineTo(left, top);
  ctx.fill();
  ctx.restore();
}

function applyTheme(chart: Line, theme: ChartTheme): void {
  const font = { family: theme.font, size: theme.fontSize };
  for (const scale of Object.values(chart.options.scales ?? {})) {
    Object.assign(scale?.ticks ?? {}, { color: theme.muted, font });
    Object.assign(scale?.grid ?? {}, { color: theme.grid });
    Object.assign(scale?.border ?? {}, { color: theme.grid });
    if (scale && 'title' in scale) Object.assign(scale.title ?? {}, { color: theme.foreground, font });
  }
  Object.assign(chart.options.plugins?.legend?.labels ?? {}, { color: theme.foreground, font });
  Object.assign(chart.options.plugins?.tooltip ?? {}, {
    backgroundColor: theme.background,
    titleColor: theme.foreground,
    bodyColor: theme.foreground,
    borderColor: theme.border,
    borderWidth: 1,
    titleFont: font,
    bodyFont: font,
    usePointStyle: true,
  });
}
