import { numberText, px, type Figure } from './figure';
import { el, join } from './markup';
import { plotFrame, roundedUp } from './plotFrame';
import { english, type Translate } from './translate';

export interface ColumnChartOptions {
  readonly title: string;
  readonly caption: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly columns: readonly Column[];
  readonly width?: number;
  readonly height?: number;
}

export interface Column {
  readonly label: string;
  readonly value: number | null;
  readonly floor: number | null;
  /** The least and the most of what `value` is the mean of. */
  readonly range: readonly [number, number] | null;
}

/** What the axis has to reach. */
export const mostOf = (columns: readonly Column[]): number =>
  Math.max(0, ...columns.flatMap(({ value, range, floor }) => [value ?? 0, range?.[1] ?? 0, floor ?? 0]));

/** Columns with the spread of their values, and a line across each where chance is. */
export function columnChart(options: ColumnChartOptions, t: Translate = english): Figure {
  const { title, caption, columns, width = 520, height = 260 } = options;
  const frame = plotFrame({
    width,
    height,
    xRange: [-0.5, columns.length - 0.5],
    yRange: [0, roundedUp(mostOf(columns))],
    xTicks: columns.map(({ label }, at) => ({ at, label })),
    xTitle: options.xTitle,
    yTitle: options.yTitle,
  });
  const half = Math.min(22, ((frame.x(1) - frame.x(0)) * 0.7) / 2);
  return {
    title,
    caption,
    svg: el(
      'svg',
      { viewBox: `0 0 ${width} ${height + 22}`, width, role: 'img', 'aria-label': `${title}. ${caption}` },
      frame.axes,
      columns.map(({ label, value, floor, range }, i) => {
        if (value === null) return null;
        const x = frame.x(i);
        return join(
          el(
            'rect',
            {
              class: 'column',
              x: px(x - half),
              y: px(frame.y(value)),
              width: px(2 * half),
              height: px(frame.y(0) - frame.y(value)),
            },
            el('title', {}, `${label}: ${numberText(value)}`),
          ),
          range === null
            ? null
            : el('path', {
                class: 'spread',
                d: `M${px(x)} ${px(frame.y(range[0]))}V${px(frame.y(range[1]))}`,
              }),
          floor === null
            ? null
            : el('path', {
                class: 'floor',
                d: `M${px(x - half - 2)} ${px(frame.y(floor))}h${px(2 * half + 4)}`,
              }),
        );
      }),
      el('path', { class: 'spread', d: `M58 ${height + 2}v12` }),
      el('text', { class: 'axis', x: 66, y: height + 12 }, t('least to most over pairs')),
      ...(columns.every(({ floor }) => floor === null)
        ? []
        : [
            el('path', { class: 'floor', d: `M236 ${height + 8}h26` }),
            el('text', { class: 'axis', x: 268, y: height + 12 }, t('chance')),
          ]),
    ),
    table: {
      head: [options.xTitle, t('mean'), t('least'), t('most'), t('chance')],
      rows: columns.map(({ label, value, floor, range }) => [
        label,
        value,
        range?.[0] ?? null,
        range?.[1] ?? null,
        floor,
      ]),
    },
    plot: { kind: 'column', options },
  };
}
