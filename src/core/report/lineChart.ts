import { px, type Figure } from './figure';
import { el, join, type Markup } from './markup';
import { MARGIN, plotFrame, roundedUp, type PlotFrame } from './plotFrame';

export interface Series {
  readonly label: string;
  /** One value an x; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** 1 to 4. */
  readonly colour: number;
  /** Drawn thin and dotted: what chance gives. */
  readonly isFloor?: boolean;
  readonly marker?: 'circle' | 'square' | 'triangle';
  /** Half the height of a band about the line. */
  readonly spread?: readonly number[];
}

/** A stretch of the x axis, by indices of `x`, both inclusive. */
export interface Span {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** 1 to 4. */
  readonly colour: number;
}

export interface LineChartOptions {
  readonly title: string;
  readonly caption: string;
  readonly x: readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  readonly levels?: readonly { readonly label: string; readonly value: number; readonly colour: number }[];
  /** Drawn as brackets along the upper edge. */
  readonly spans?: readonly Span[];
  readonly isLog?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Of the values; found from them where left out. */
  readonly yRange?: readonly [number, number];
}

const DASHES = ['', '7 4', '10 3 2 3', '4 3'] as const;
const ROW = 18;
const SPAN_ROW = 9;

/** Curves over whole numbers. Shape of line and marker tell them apart without colour. */
export function lineChart(options: LineChartOptions): Figure {
  const { title, caption, x, series, levels = [], spans = [] } = options;
  const { isLog = false, width = 520, height = 300 } = options;
  const frame = plotFrame({
    width,
    height,
    xRange: [0, Math.max(1, x.length - 1)],
    yRange: options.yRange ?? rangeOf(options),
    isLog,
    xTicks: x.map((label, at) => ({ at, label })),
    xTitle: options.xTitle,
    yTitle: options.yTitle,
  });
  const low = MARGIN.top + (height - MARGIN.top - MARGIN.bottom);
  const isIn = (value: number | null): value is number => value !== null && (!isLog || value > 0);
  const drawn = series.map((one) => curve(one, frame, isIn, low));
  const keys = [
    ...series.map(keyOf),
    ...levels.map(({ label, colour }) => ({ label, colour, style: 'level' })),
    ...spans.map(({ label, colour }) => ({ label, colour, style: 'span' })),
  ];
  const perRow = width > 400 ? 2 : 1;
  const total = height + Math.ceil(keys.length / perRow) * ROW + 4;
  return {
    title,
    caption,
    svg: el(
      'svg',
      { viewBox: `0 0 ${width} ${total}`, width, role: 'img', 'aria-label': `${title}. ${caption}` },
      frame.axes,
      levels.map(({ value, colour }) =>
        isIn(value)
          ? el('path', {
              class: `level c${colour}`,
              d: `M${MARGIN.left} ${px(clipped(frame.y(value), low))}H${width - MARGIN.right}`,
            })
          : null,
      ),
      drawn,
      spans.map((span, row) => bracket(span, row, frame)),
      keys.map(({ label, colour, style }, i) => {
        const [left, y] = [
          MARGIN.left + (i % perRow) * ((width - MARGIN.left) / perRow),
          height + 8 + Math.floor(i / perRow) * ROW,
        ];
        const at = series[i];
        return join(
          el('path', {
            class: `${style} c${colour}`,
            d: `M${px(left)} ${y}h26`,
            'stroke-dasharray': at?.isFloor === true || style === 'level' ? null : dashOf(colour),
          }),
          at?.marker ? markerAt(at.marker, left + 13, y, colour) : null,
          el('text', { class: 'axis', x: px(left + 33), y: y + 4 }, label),
        );
      }),
    ),
    table: {
      head: [options.xTitle, ...series.map(({ label }) => label), ...levels.map(({ label }) => label)],
      rows: x.map((label, i) => [
        label,
        ...series.map(({ values }) => values[i] ?? null),
        ...levels.map(({ value }) => value),
      ]),
    },
    plot: { kind: 'line', options },
  };
}

/** Lengths of strokes and gaps, as `stroke-dasharray` has them; null: unbroken. */
export const dashOf = (colour: number): string | null => DASHES[(colour - 1) % 4] || null;

/** Half a step wider than its layers at either end. */
function bracket({ from, to, colour }: Span, row: number, frame: PlotFrame): Markup {
  const [left, right] = [from - 0.35, to + 0.35].map((at) =>
    px(Math.min(frame.width - MARGIN.right, Math.max(MARGIN.left, frame.x(at)))),
  );
  const y = MARGIN.top + 4 + row * SPAN_ROW;
  return el('path', {
    class: `span c${colour}`,
    d: `M${left ?? 0} ${y + 6}V${y}H${right ?? 0}V${y + 6}`,
    'stroke-dasharray': dashOf(colour),
  });
}

const keyOf = ({ label, colour, isFloor }: Series): { label: string; colour: number; style: string } => ({
  label,
  colour,
  style: isFloor ? 'chance' : 'curve',
});

/** What lies below the frame is drawn at its edge. */
const clipped = (y: number, low: number): number => Math.min(low, Math.max(MARGIN.top, y));

function curve(
  { values, colour, isFloor = false, marker, spread }: Series,
  frame: PlotFrame,
  isIn: (value: number | null) => value is number,
  low: number,
): Markup {
  let path = '';
  let isDown = false;
  const markers: Markup[] = [];
  values.forEach((value, i) => {
    if (!isIn(value)) {
      isDown = false;
      return;
    }
    const [x, y] = [px(frame.x(i)), px(clipped(frame.y(value), low))];
    path += `${isDown ? 'L' : 'M'}${x} ${y}`;
    isDown = true;
    if (marker) markers.push(markerAt(marker, x, y, colour));
  });
  const band = spread && values.every(isIn) ? bandOf(values, spread, frame, low) : null;
  return join(
    band === null ? null : el('path', { class: `band c${colour}`, d: band }),
    el('path', {
      class: `${isFloor ? 'chance' : 'curve'} c${colour}`,
      d: path === '' ? null : path,
      'stroke-dasharray': isFloor ? null : dashOf(colour),
    }),
    markers,
  );
}

function bandOf(
  values: readonly (number | null)[],
  spread: readonly number[],
  frame: PlotFrame,
  low: number,
): string {
  const at = (i: number, sign: number): string =>
    `${px(frame.x(i))} ${px(clipped(frame.y((values[i] ?? 0) + sign * (spread[i] ?? 0)), low))}`;
  const there = values.map((_, i) => at(i, 1));
  const back = values.map((_, i) => at(i, -1)).toReversed();
  return `M${[...there, ...back].join('L')}Z`;
}

export function markerAt(kind: NonNullable<Series['marker']>, x: number, y: number, colour: number): Markup {
  const of = { class: `mark c${colour}` };
  if (kind === 'circle') return el('circle', { ...of, cx: px(x), cy: px(y), r: 3.4 });
  if (kind === 'square') return el('rect', { ...of, x: px(x - 3), y: px(y - 3), width: 6, height: 6 });
  return el('path', { ...of, d: `M${px(x)} ${px(y - 4)}l4 7h-8Z` });
}

/** Logarithmic: one decade below the least that is no floor, so that floors which vanish do not squeeze the rest. */
function rangeOf({ series, levels = [], isLog = false }: LineChartOptions): readonly [number, number] {
  const own = series.filter(({ isFloor }) => !isFloor || !isLog);
  const values = own.flatMap(({ values: of, spread }) =>
    of.flatMap((value, i) =>
      value === null ? [] : [value - (spread?.[i] ?? 0), value + (spread?.[i] ?? 0)],
    ),
  );
  const all = [...values, ...levels.map(({ value }) => value)];
  if (!isLog) {
    const least = Math.min(0, ...all);
    return [least < 0 ? -roundedUp(-least) : 0, roundedUp(Math.max(0, ...all))];
  }
  const least = Math.min(1, ...values.filter((value) => value > 0));
  return [10 ** (Math.floor(Math.log10(least)) - 1), 1];
}
