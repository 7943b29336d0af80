/** What the charts of this page have in common: a canvas with a name, the theme's colours, a key, no animation. */
import { Chart, Legend, Tooltip, type LegendItem } from 'chart.js';
import { element } from '../dom';
import type { Drawn } from '../drawn';
import { readTheme, type FigureTheme } from '../theme';

Chart.register(Legend, Tooltip);

export interface PaintedChart {
  /** Sets the datasets in these colours, and draws. */
  paint(theme: FigureTheme): void;
  destroy(): void;
}

/** @param label name for assistive technology */
export function chart(label: string, make: (canvas: HTMLCanvasElement) => PaintedChart): Drawn {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', label);
  const root = element('div', { class: 'chart' }, canvas);
  const theme = readTheme();
  setDefaults(theme);
  const made = make(canvas);
  made.paint(theme);
  const repaint = (): void => {
    const changed = readTheme();
    setDefaults(changed);
    made.paint(changed);
  };
  return { root, repaint, dispose: () => made.destroy() };
}

/** Charts look these up when they draw. */
function setDefaults({ colour, hover, font, fontSize }: FigureTheme): void {
  const { defaults } = Chart;
  defaults.animation = false;
  defaults.maintainAspectRatio = false;
  defaults.color = colour('ink');
  defaults.borderColor = colour('rule');
  defaults.font.family = font;
  defaults.font.size = fontSize;
  defaults.scale.ticks.color = colour('soft');
  Object.assign(defaults.plugins.tooltip, {
    backgroundColor: hover.background,
    titleColor: colour('ink'),
    bodyColor: colour('ink'),
    borderColor: hover.border,
    borderWidth: 1,
    usePointStyle: true,
  });
}

interface PaintedScale {
  readonly ticks?: object;
  readonly grid?: object;
  readonly border?: object;
  readonly title?: object;
}

/** Scales keep the colours of the defaults that they were made with. */
export function paintScales(
  { options }: { readonly options: { readonly scales?: Readonly<Record<string, PaintedScale | undefined>> } },
  { colour, font, fontSize }: FigureTheme,
): void {
  const text = { family: font, size: fontSize };
  for (const scale of Object.values(options.scales ?? {})) {
    Object.assign(scale?.ticks ?? {}, { color: colour('soft'), font: text });
    Object.assign(scale?.grid ?? {}, { color: colour('grid') });
    Object.assign(scale?.border ?? {}, { color: colour('rule') });
    Object.assign(scale?.title ?? {}, { color: colour('ink'), font: text });
  }
}

/** Markers of figures as Chart.js calls them. */
export const POINTS = { circle: 'circle', square: 'rect', triangle: 'triangle' } as const;

export interface KeyItem {
  readonly label: string;
  readonly colour: string;
  readonly width: number;
  readonly dash: number[];
  /** 'line': a stroke alone. */
  readonly point: 'line' | 'circle' | 'rect' | 'triangle';
  /** null: it stands for no dataset, which a click would hide. */
  readonly datasetIndex: number | null;
}

/** Drawn as the series are, dashes included: colours and points alone would not tell measured from random. */
export const legendOf = (
  key: (theme: FigureTheme) => readonly KeyItem[],
  /** px: as wide as a dash needs, where the key has lines. */
  pointStyleWidth = 36,
): {
  position: 'bottom';
  onClick: (event: unknown, item: LegendItem, legend: { readonly chart: Chart }) => void;
  labels: {
    usePointStyle: true;
    pointStyleWidth: number;
    padding: number;
    generateLabels: (chart: Pick<Chart, 'isDatasetVisible'>) => LegendItem[];
  };
} => ({
  position: 'bottom',
  onClick: (_, { datasetIndex }, { chart: drawn }) => {
    if (datasetIndex === undefined) return;
    if (drawn.isDatasetVisible(datasetIndex)) drawn.hide(datasetIndex);
    else drawn.show(datasetIndex);
  },
  labels: {
    usePointStyle: true,
    pointStyleWidth,
    padding: 14,
    generateLabels: (drawn) => {
      const theme = readTheme();
      return key(theme).map(({ label, colour, width, dash, point, datasetIndex }) => ({
        text: label,
        ...(datasetIndex === null ? {} : { datasetIndex, hidden: !drawn.isDatasetVisible(datasetIndex) }),
        pointStyle: point,
        fontColor: theme.colour('ink'),
        fillStyle: colour,
        strokeStyle: colour,
        lineWidth: width,
        lineDash: dash,
      }));
    },
  },
});
