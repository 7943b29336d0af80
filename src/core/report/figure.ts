import type { ColumnChartOptions } from './columnChart';
import type { HeatmapOptions } from './heatmap';
import type { LineChartOptions } from './lineChart';
import type { Markup } from './markup';
import type { ScatterOptions } from './scatterChart';

/** A picture and the numbers that it shows. */
export interface Figure {
  readonly title: string;
  /** What the picture says to those who do not see it, and what its caption says. */
  readonly caption: string;
  readonly svg: Markup;
  readonly table: DataTable;
  /** What the picture was made of, for those who draw it in another way. */
  readonly plot: Plot;
}

export type Plot =
  | { readonly kind: 'heatmap'; readonly options: HeatmapOptions }
  | { readonly kind: 'line'; readonly options: LineChartOptions }
  | { readonly kind: 'column'; readonly options: ColumnChartOptions }
  | { readonly kind: 'scatter'; readonly options: ScatterOptions };

/** Numbers stay numbers, so that a CSV file has all their digits; null is undefined. */
export type Cell = string | number | null;

export interface DataTable {
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A number for a table: four decimals, small ones with two digits and a power of ten; '-' where undefined. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 0.001 ? value.toFixed(4) : value.toExponential(1);
}

/** As people read a share: three digits, small ones with two and a power of ten. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent === 0 || percent >= 0.01 ? String(Number(percent.toPrecision(3))) : percent.toExponential(1)} %`;
}

/** As tables show it to people. */
export const cellText = (cell: Cell | undefined): string =>
  typeof cell === 'string' ? cell : numberText(cell);

/** Long names keep their end, which tells RUN/ID apart; the whole name is in the table. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `\u2026${text.slice(text.length - most + 1)}`;

/** Coordinates need no more digits than a tenth of a pixel. */
export const px = (value: number): number => Math.round(value * 10) / 10;
