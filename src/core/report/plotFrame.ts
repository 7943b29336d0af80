import { px } from './figure';
import { el, join, type Markup } from './markup';

/** The axes that curves, columns and points share. */
export interface PlotFrame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly height: number;
  readonly width: number;
  /** Lines, ticks and titles. */
  readonly axes: Markup;
}

export interface FrameOptions {
  readonly width: number;
  readonly height: number;
  /** Of the values. */
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  /** Decades in place of equal steps. */
  readonly isLog?: boolean;
  readonly xTicks: readonly { readonly at: number; readonly label: string }[];
  readonly xTitle: string;
  readonly yTitle: string;
}

export const MARGIN = { left: 58, right: 14, top: 12, bottom: 44 } as const;

export function plotFrame(options: FrameOptions): PlotFrame {
  const { width, height, xRange, yRange, isLog = false, xTicks, xTitle, yTitle } = options;
  const [inner, tall] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const share = (value: number, [low, high]: readonly [number, number]): number =>
    high === low ? 0.5 : (value - low) / (high - low);
  const x = (value: number): number => MARGIN.left + share(value, xRange) * inner;
  const scaled = (value: number): number => (isLog ? Math.log10(value) : value);
  const yScaled = [scaled(yRange[0]), scaled(yRange[1])] as const;
  const y = (value: number): number => MARGIN.top + (1 - share(scaled(value), yScaled)) * tall;
  const yTicks = isLog ? decades(yRange) : steps(yRange);
  const bottom = MARGIN.top + tall;
  const sparse = Math.max(1, Math.ceil((xTicks.length * 26) / inner));
  const axes = join(
    yTicks.map((tick) =>
      join(
        el('path', { class: 'grid', d: `M${MARGIN.left} ${px(y(tick))}H${px(width - MARGIN.right)}` }),
        el(
          'text',
          { class: 'axis', x: MARGIN.left - 7, y: px(y(tick) + 4), 'text-anchor': 'end' },
          tickText(tick, isLog),
        ),
      ),
    ),
    el('path', { class: 'line', d: `M${MARGIN.left} ${px(bottom)}H${px(width - MARGIN.right)}` }),
    xTicks.map(({ at, label }, i) =>
      i % sparse === 0
        ? el('text', { class: 'axis', x: px(x(at)), y: px(bottom + 16), 'text-anchor': 'middle' }, label)
        : null,
    ),
    el(
      'text',
      { class: 'axis', x: px(MARGIN.left + inner / 2), y: px(bottom + 34), 'text-anchor': 'middle' },
      xTitle,
    ),
    el(
      'text',
      {
        class: 'axis',
        transform: `translate(12 ${px(MARGIN.top + tall / 2)}) rotate(-90)`,
        'text-anchor': 'middle',
      },
      yTitle,
    ),
  );
  return { x, y, width, height, axes };
}

function decades([low, high]: readonly [number, number]): number[] {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((to - from) / 6));
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => 10 ** (to - i * every));
}

/** About five round numbers. */
export function steps([low, high]: readonly [number, number]): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= 5.5) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

const tickText = (tick: number, isLog: boolean): string =>
  isLog && tick < 0.001 ? `1e${Math.round(Math.log10(tick))}` : String(Number(tick.toPrecision(6)));

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is no less than `value`. */
export function roundedUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return Number(
    (([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((f) => f * power >= value - 1e-12) ?? 10) * power).toPrecision(
      6,
    ),
  );
}
