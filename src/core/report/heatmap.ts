import { numberText, px, shortened, type Figure } from './figure';
import { el, join, type Markup } from './markup';
import { english, type Translate } from './translate';

export interface HeatmapOptions {
  readonly title: string;
  readonly caption: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
  /** The value of the strongest colour. */
  readonly top: number;
  /** Shown on the scale: what chance gives, where that is one number. */
  readonly floor?: number | null;
  /** A matrix of things with themselves: the diagonal is not coloured. */
  readonly isSymmetric?: boolean;
  readonly text?: (value: number) => string;
  /** In pixels, where the columns have long names or the rows are many. */
  readonly cellWidth?: number;
  readonly cellHeight?: number;
}

const LABEL_CHARS = 24;
const CHAR = 6.4;
const GAP = 2;

/** Cells coloured by value: one hue whose opacity is value / top, so that it works on light and dark pages alike. */
export function heatmap(options: HeatmapOptions, t: Translate = english): Figure {
  const { title, caption, rows, columns, values } = options;
  const isWordy = options.cellWidth === undefined && columns.some((name) => name.length > 5);
  const heads = isWordy && rows.length === columns.length ? columns.map((_, i) => `[${i + 1}]`) : columns;
  const labels = heads === columns ? rows : rows.map((name, i) => `[${i + 1}] ${name}`);
  const left = Math.min(LABEL_CHARS, Math.max(0, ...labels.map((name) => name.length))) * CHAR + 10;
  const size =
    options.cellWidth ?? (columns.length <= 12 ? 34 : Math.max(12, Math.floor(420 / columns.length)));
  const height = options.cellHeight ?? Math.min(size, 30);
  const width = Math.max(left + Math.max(columns.length * size, SCALE_WIDTH), 300);
  const cells = values.map((row, a) =>
    row.map((value, b) =>
      cell(options, value, options.isSymmetric === true && a === b, b, left, a, size, height),
    ),
  );
  const bottom = 22 + rows.length * height;
  return {
    title,
    caption,
    svg: el(
      'svg',
      {
        viewBox: `0 0 ${px(width)} ${px(bottom + 44)}`,
        width: px(width),
        role: 'img',
        'aria-label': `${title}. ${caption}`,
      },
      heads.map((name, b) =>
        size < 30 && b % labelStep(heads, size) !== 0
          ? null
          : el(
              'text',
              { class: 'axis', x: px(left + (b + 0.5) * size), y: 14, 'text-anchor': 'middle' },
              shortened(name, 9),
            ),
      ),
      labels.map((name, a) =>
        el(
          'text',
          { class: 'axis', x: px(left - 8), y: px(22 + (a + 0.5) * height + 4), 'text-anchor': 'end' },
          shortened(name, LABEL_CHARS),
        ),
      ),
      cells,
      scale(left, bottom + 14, options, t),
    ),
    table: {
      head: ['', ...heads],
      rows: values.map((row, a) => [labels[a] ?? '', ...row]),
    },
    plot: { kind: 'heatmap', options },
  };
}

/** Every how many columns there is room for a name. */
const labelStep = (names: readonly string[], size: number): number =>
  Math.ceil(Math.max(18, ...names.map((name) => Math.min(9, name.length) * CHAR + 4)) / size);

function cell(
  { top, text = (value) => value.toFixed(2), rows, columns }: HeatmapOptions,
  value: number | null,
  isOwn: boolean,
  b: number,
  left: number,
  a: number,
  size: number,
  height: number,
): Markup {
  const [x, y] = [left + b * size, 22 + a * height];
  const strength = strengthOf(value, top);
  const kind = isOwn || value === null ? 'cell own' : 'cell';
  return join(
    el(
      'rect',
      {
        class: kind,
        x: px(x + GAP / 2),
        y: px(y + GAP / 2),
        width: px(size - GAP),
        height: px(height - GAP),
        rx: 2,
        'fill-opacity': isOwn || value === null ? null : strength.toFixed(3),
      },
      el('title', {}, `${rows[a] ?? ''}, ${columns[b] ?? ''}: ${numberText(value)}`),
    ),
    size < 30 || height < 12
      ? null
      : el(
          'text',
          {
            class: isOwn || strength < 0.7 ? 'value' : 'value strong',
            x: px(x + size / 2),
            y: px(y + height / 2 + 4),
            'text-anchor': 'middle',
          },
          value === null ? '\u2013' : isOwn && value === 1 ? '1' : text(value),
        ),
  );
}

const STEPS = 24;
const SCALE_WIDTH = 168;

/** How much of the strongest colour a value has, 0 to 1. */
export const strengthOf = (value: number | null, top: number): number =>
  value === null || top <= 0 ? 0 : Math.min(1, Math.max(0, value / top));

/** What a scale says: at its end, and of chance at a share of its length; null where that is not on it. */
export function scaleTexts(
  {
    top,
    floor = null,
    text = (value) => String(Number(value.toPrecision(3))),
  }: Pick<HeatmapOptions, 'top' | 'floor' | 'text'>,
  t: Translate,
): {
  readonly end: string;
  readonly chance: { readonly share: number; readonly text: string } | null;
} {
  const isShown = floor !== null && top > 0 && floor <= top;
  return {
    end: text(top),
    chance: isShown ? { share: floor / top, text: `| ${t('chance')} ${numberText(floor)}` } : null,
  };
}

function scale(x: number, y: number, options: HeatmapOptions, t: Translate): Markup {
  const width = SCALE_WIDTH / STEPS;
  const { end, chance } = scaleTexts(options, t);
  return join(
    Array.from({ length: STEPS }, (_, i) =>
      el('rect', {
        class: 'cell',
        x: px(x + i * width),
        y,
        width: px(width + 0.3),
        height: 8,
        'fill-opacity': ((i + 0.5) / STEPS).toFixed(3),
      }),
    ),
    el('text', { class: 'axis', x, y: y + 22 }, '0'),
    el('text', { class: 'axis', x: px(x + SCALE_WIDTH), y: y + 22, 'text-anchor': 'end' }, end),
    chance
      ? join(
          el('path', { class: 'floor', d: `M${px(x + chance.share * SCALE_WIDTH)} ${y - 3}v14` }),
          el('text', { class: 'axis', x: px(x + SCALE_WIDTH + 10), y: y + 8 }, chance.text),
        )
      : null,
  );
}
