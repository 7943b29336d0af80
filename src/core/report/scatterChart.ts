import { px, type Figure } from './figure';
import { markerAt } from './lineChart';
import { el, join } from './markup';
import { MARGIN, plotFrame, steps } from './plotFrame';
import { english, type Translate } from './translate';

export interface ScatterGroup {
  readonly label: string;
  readonly colour: number;
  readonly marker: 'circle' | 'square' | 'triangle';
  readonly points: readonly { readonly name: string; readonly x: number; readonly y: number }[];
}

export interface ScatterOptions {
  readonly title: string;
  readonly caption: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly groups: readonly ScatterGroup[];
}

const [WIDTH, HEIGHT] = [520, 320];

export function scatterChart(options: ScatterOptions, t: Translate = english): Figure {
  const { title, caption, xTitle, yTitle, groups } = options;
  const points = groups.flatMap((group) => group.points);
  const xRange = padded(points.map(({ x }) => x));
  const frame = plotFrame({
    width: WIDTH,
    height: HEIGHT,
    xRange,
    yRange: padded(points.map(({ y }) => y)),
    xTicks: steps(xRange).map((at) => ({ at, label: String(Number(at.toPrecision(4))) })),
    xTitle,
    yTitle,
  });
  return {
    title,
    caption,
    svg: el(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT + 24}`,
        width: WIDTH,
        role: 'img',
        'aria-label': `${title}. ${caption}`,
      },
      frame.axes,
      groups.map(({ points: of, marker, colour }) =>
        of.map(({ name, x, y }) =>
          el('g', {}, el('title', {}, name), markerAt(marker, frame.x(x), frame.y(y), colour)),
        ),
      ),
      groups.map(({ label, marker, colour }, i) => {
        const x = MARGIN.left + 8 + i * 172;
        return join(
          markerAt(marker, x, HEIGHT + 8, colour),
          el('text', { class: 'axis', x: px(x + 12), y: HEIGHT + 12 }, label),
        );
      }),
    ),
    table: {
      head: [t('pair'), t('kind'), xTitle, yTitle],
      rows: groups.flatMap(({ label, points: of }) => of.map(({ name, x, y }) => [name, label, x, y])),
    },
    plot: { kind: 'scatter', options },
  };
}

function padded(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = high === low ? 0.05 : (high - low) * 0.08;
  return [low - pad, high + pad];
}
