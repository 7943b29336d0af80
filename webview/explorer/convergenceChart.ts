/** The n-way IoU curves of one method. The only importer of chart.js. */
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
} from 'chart.js';
import type { OverlapView } from '../../src/protocol/explorer/overlap';
import { formatRatio } from './format';
import { readTheme, type ChartTheme } from './theme';

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

type LineChart = Chart<'line', (number | null)[], string>;

export interface ConvergenceChart {
  readonly canvas: HTMLCanvasElement;
  /** Reads the theme's colours again. */
  repaint(): void;
  dispose(): void;
}

export function convergenceChart(label: string, view: OverlapView, logScale: boolean): ConvergenceChart {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  let theme = readTheme();
  const chart: LineChart = new Chart(canvas, {
    type: 'line',
    data: { labels: view.forward.map((_, index) => String(index + 1)), datasets: [] },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { title: { display: true, text: 'Regions intersected (n)' } },
        y: logScale
          ? { type: 'logarithmic', max: 1, title: { display: true, text: 'n-way IoU (log)' } }
          : { type: 'linear', min: 0, max: 1, title: { display: true, text: 'n-way IoU' } },
      },
      plugins: {
        legend: {
          position: 'bottom',
          labels: {
            usePointStyle: true,
            pointStyleWidth: 36,
            padding: 16,
            generateLabels: () =>
              curves(view, theme).map((curve, index) => legendItem(curve, index, chart, theme)),
          },
        },
        tooltip: {
          callbacks: { label: ({ dataset, parsed }) => `${dataset.label ?? ''}: ${formatRatio(parsed.y)}` },
        },
      },
    },
  });

  const repaint = (): void => {
    theme = readTheme();
    applyTheme(chart, theme);
    chart.data.datasets = curves(view, theme).map((curve) => chartDataset(curve, logScale));
    chart.update('none');
  };
  repaint();
  return { canvas, repaint, dispose: () => chart.destroy() };
}

interface Curve {
  readonly label: string;
  readonly data: readonly (number | null)[];
  readonly color: string;
  readonly width: number;
  readonly dash: number[];
  readonly point: 'circle' | 'triangle' | null;
}

/** Shape of point and dash tell the curves apart without colour. */
const curves = (view: OverlapView, { forward, backward }: ChartTheme): Curve[] => [
  { label: 'Forward', data: view.forward, color: forward, width: 2, dash: [], point: 'circle' },
  { label: 'Backward', data: view.backward, color: backward, width: 2, dash: [10, 4], point: 'triangle' },
  {
    label: 'Random, forward',
    data: view.randomForward,
    color: forward,
    width: 1.5,
    dash: [2, 4],
    point: null,
  },
  {
    label: 'Random, backward',
    data: view.randomBackward,
    color: backward,
    width: 1.5,
    dash: [6, 4, 2, 4],
    point: null,
  },
];

const chartDataset = (curve: Curve, logScale: boolean): ChartDataset<'line', (number | null)[]> => ({
  label: curve.label,
  // A logarithm of nought is nowhere: leave a gap, the table says 0.
  data: curve.data.map((value) => (logScale && value === 0 ? null : value)),
  borderColor: curve.color,
  backgroundColor: curve.color,
  borderWidth: curve.width,
  borderDash: curve.dash,
  pointStyle: curve.point ?? 'line',
  pointRadius: curve.point === null ? 0 : 4,
  // The first point lies on the edge, at 1: it is drawn whole.
  clip: false,
});

/** A stroke a curve, dashed as the curve is: the points alone would not tell measured from random. */
const legendItem = (curve: Curve, datasetIndex: number, chart: LineChart, theme: ChartTheme): LegendItem => ({
  text: curve.label,
  datasetIndex,
  hidden: !chart.isDatasetVisible(datasetIndex),
  pointStyle: 'line',
  fontColor: theme.foreground,
  strokeStyle: curve.color,
  lineWidth: curve.width,
  lineDash: curve.dash,
});

function applyTheme(chart: LineChart, theme: ChartTheme): void {
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
