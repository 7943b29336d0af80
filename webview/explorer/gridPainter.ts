/** Paints a heatmap: one pixel a cell in an image that is then enlarged, so that a large one costs no more than its pixels. */
import { shortened } from '../../src/core/report/figure';
import { scaleTexts, strengthOf, type HeatmapOptions } from '../../src/core/report/heatmap';
import { LINE, type GridLayout } from './gridLayout';
import { formatRatio } from './format';
import { t } from './l10n';
import { rgbOf, type Rgb } from './rgb';
import type { FigureTheme } from './theme';

type Context = CanvasRenderingContext2D;

export function paintGrid(
  canvas: HTMLCanvasElement,
  layout: GridLayout,
  options: HeatmapOptions,
  theme: FigureTheme,
): void {
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(layout.width * scale);
  canvas.height = Math.round(layout.height * scale);
  canvas.style.width = `${layout.width}px`;
  canvas.style.height = `${layout.height}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(scale, scale);
  const palette = paletteOf(theme);
  cells(context, layout, options, palette);
  rules(context, layout, options, theme);
  context.font = `${Math.min(12, theme.fontSize)}px ${theme.font}`;
  if (layout.hasNumbers) numbers(context, layout, options, palette, theme);
  names(context, layout, options, theme);
  legend(context, layout, options, theme);
}

interface Palette {
  readonly none: Rgb;
  readonly full: Rgb;
  readonly own: Rgb;
}

const paletteOf = ({ colour, background }: FigureTheme): Palette => {
  const none = rgbOf(background);
  const full = rgbOf(colour('heat'), background);
  return { none, full, own: rgbOf(colour('own'), background) };
};

const blend = ({ none, full }: Palette, strength: number): Rgb => [
  none[0] + (full[0] - none[0]) * strength,
  none[1] + (full[1] - none[1]) * strength,
  none[2] + (full[2] - none[2]) * strength,
];

const colourAt = (
  { values, top, isSymmetric = false }: HeatmapOptions,
  palette: Palette,
  row: number,
  column: number,
): Rgb => {
  const value = values[row]?.[column] ?? null;
  if (value === null || (isSymmetric && row === column)) return palette.own;
  return blend(palette, strengthOf(value, top));
};

function cells(context: Context, layout: GridLayout, options: HeatmapOptions, palette: Palette): void {
  const [rows, columns] = [options.rows.length, options.columns.length];
  if (rows === 0 || columns === 0) return;
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      image.data.set([...colourAt(options, palette, row, column), 255], 4 * (row * columns + column));
    }
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, layout.left, layout.top, columns * layout.cellWidth, rows * layout.cellHeight);
}

/** Between cells where they are large enough; across those without a value, which no colour tells from a small one. */
function rules(context: Context, layout: GridLayout, options: HeatmapOptions, theme: FigureTheme): void {
  const { left, top, cellWidth, cellHeight } = layout;
  const [right, bottom] = [left + options.columns.length * cellWidth, top + options.rows.length * cellHeight];
  context.lineWidth = 1;
  context.strokeStyle = theme.isHighContrast ? theme.colour('rule') : theme.background;
  context.beginPath();
  if (cellWidth >= 6) {
    for (let x = left; x <= right; x += cellWidth) line(context, x + 0.5, top, x + 0.5, bottom);
  }
  if (cellHeight >= 6) {
    for (let y = top; y <= bottom; y += cellHeight) line(context, left, y + 0.5, right, y + 0.5);
  }
  context.stroke();
  context.strokeStyle = theme.colour('rule');
  context.strokeRect(left + 0.5, top + 0.5, right - left, bottom - top);
  if (cellWidth < 6 || layout.hasNumbers) return;
  context.strokeStyle = theme.colour('soft');
  context.beginPath();
  options.values.forEach((of, row) =>
    of.forEach((value, column) => {
      if (value !== null) return;
      const [x, y] = [left + column * cellWidth, top + row * cellHeight];
      line(context, x + 2, y + cellHeight - 2, x + cellWidth - 2, y + 2);
    }),
  );
  context.stroke();
}

function line(context: Context, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

function numbers(
  context: Context,
  layout: GridLayout,
  options: HeatmapOptions,
  palette: Palette,
  { colour }: FigureTheme,
): void {
  const { left, top, cellWidth, cellHeight } = layout;
  const { text = cellNumber } = options;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const ink = colour('ink');
  options.values.forEach((of, row) =>
    of.forEach((value, column) => {
      context.fillStyle = readableOn(colourAt(options, palette, row, column), ink);
      context.fillText(
        value === null ? '\u2013' : text(value),
        left + (column + 0.5) * cellWidth,
        top + (row + 0.5) * cellHeight + 1,
      );
    }),
  );
}

/** Two decimals fit a cell; the table and the line below have more. */
const cellNumber = (value: number): string =>
  value === 0 || value === 1
    ? String(value)
    : Math.abs(value) >= 0.005
      ? value.toFixed(2)
      : formatRatio(value);

/**
 * The theme's own colour of text where it is read well (WCAG 2: contrast of 7), else black or white, the better one: with
 * less, its grey stood beside black from cell to cell.
 */
function readableOn(background: Rgb, ink: string): string {
  if (contrast(background, rgbOf(ink)) >= 7) return ink;
  return contrast(background, [0, 0, 0]) > contrast(background, [255, 255, 255]) ? '#000000' : '#ffffff';
}

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function luminance(colour: Rgb): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function names(
  context: Context,
  layout: GridLayout,
  { rows, columns }: HeatmapOptions,
  theme: FigureTheme,
): void {
  const { left, top, cellWidth, cellHeight } = layout;
  context.fillStyle = theme.colour('soft');
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  rows.forEach((name, row) => {
    if (row % layout.everyRow !== 0) return;
    context.fillText(fitted(context, name, left - 8), left - 8, top + (row + 0.5) * cellHeight);
  });
  columns.forEach((name, column) => {
    if (column % layout.everyColumn !== 0) return;
    const x = left + (column + 0.5) * cellWidth;
    if (!layout.areUpright) {
      context.textAlign = 'center';
      context.fillText(name, x, top - LINE / 2 - 2);
      return;
    }
    context.save();
    context.translate(x, top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(fitted(context, name, top - 8), 0, 0);
    context.restore();
  });
}

/** A name keeps its end, which tells RUN/ID apart. */
function fitted(context: Context, name: string, width: number): string {
  let most = name.length;
  let text = name;
  while (most > 4 && context.measureText(text).width > width) text = shortened(name, --most);
  return text;
}

const SCALE_WIDTH = 168;

function legend(context: Context, layout: GridLayout, options: HeatmapOptions, theme: FigureTheme): void {
  const { left, top, cellHeight } = layout;
  const y = top + options.rows.length * cellHeight + 14;
  const palette = paletteOf(theme);
  for (let x = 0; x < SCALE_WIDTH; x++) {
    context.fillStyle = `rgb(${blend(palette, x / SCALE_WIDTH)
      .map(Math.round)
      .join(' ')})`;
    context.fillRect(left + x, y, 1, 8);
  }
  context.strokeStyle = theme.colour('rule');
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, y - 0.5, SCALE_WIDTH + 1, 9);
  context.fillStyle = theme.colour('soft');
  context.textBaseline = 'top';
  context.textAlign = 'left';
  context.fillText('0', left, y + 13);
  context.textAlign = 'right';
  const { end, chance } = scaleTexts(options, t);
  context.fillText(end, left + SCALE_WIDTH, y + 13);
  if (!chance) return;
  const x = left + chance.share * SCALE_WIDTH;
  context.fillStyle = theme.colour('floor');
  context.fillRect(x - 1, y - 4, 2.5, 16);
  context.fillStyle = theme.colour('soft');
  context.textAlign = 'left';
  context.fillText(chance.text, left + SCALE_WIDTH + 10, y - 2);
}
