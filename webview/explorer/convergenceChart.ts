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
} from 'chart.js';
import type { OverlapView } from '../../src/protocol/explorer';
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
  const chart = new Chart<'line', (number | null)[], string>(canvas, {
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
        legend: { position: 'bottom', labels: { usePointStyle: true, pointStyleWidth: 36 } },
        tooltip: {
          callbacks: { label: ({ dataset, parsed }) => `${dataset.label ?? ''}: ${formatRatio(parsed.y)}` },
        },
      },
    },
  });

  const repaint = (): void => {
    const theme = readTheme();
    applyTheme(chart, theme);
    chart.data.datasets = curves(view, theme).map((curve) => ({
      ...curve,
      // A logarithm of nought is nowhere: leave a gap, the table says 0.
      data: curve.data.map((value) => (logScale && value === 0 ? null : value)),
    }));
    chart.update('none');
  };
  repaint();
  return { canvas, repaint, dispose: () => chart.destroy() };
}

/** Shape of point and dash tell the curves apart without colour. */
function curves(view: OverlapView, theme: ChartTheme): ChartDataset<'line', (number | null)[]>[] {
  const measured = { borderWidth: 2, pointRadius: 4 };
  const random = { borderWidth: 1.5, pointRadius: 0, borderDash: [2, 4], pointStyle: 'line' as const };
  const coloured = (color: string) => ({ borderColor: color, backgroundColor: color });
  return [
    { label: 'Forward', data: view.forward, pointStyle: 'circle', ...measured, ...coloured(theme.forward) },
    {
      label: 'Backward',
      data: view.backward,
      pointStyle: 'triangle',
      borderDash: [8, 4],
      ...measured,
      ...coloured(theme.backward),
    },
    { label: 'Random, forward', data: view.randomForward, ...random, ...coloured(theme.forward) },
    { label: 'Random, backward', data: view.randomBackward, ...random, ...coloured(theme.backward) },
  ];
}

function applyTheme(chart: Chart<'line', (number | null)[], string>, theme: ChartTheme): void {
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
