/** Where a region is dense, as a picture with its exact counts. */
import { percentText, type DataTable, type Figure } from './figure';
import { heatmap, type HeatmapOptions } from './heatmap';
import { english, type Translate } from './translate';

/** By row and column; null where there is no such cell. */
export type CountTable = readonly (readonly (number | null)[])[];

export interface ShareGrid {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Units of the region, and all units. */
  readonly sizes: CountTable;
  readonly units: CountTable;
}

export interface ShareFigureWords {
  readonly title: string;
  readonly caption: string;
  /** What a row and what a column is: heads of the table. */
  readonly heads: readonly [row: string, column: string];
  /** Longer names, for the table and for cells that are pointed at. */
  readonly names?: Pick<ShareGrid, 'rows' | 'columns'>;
  /** The cells are parts of one matrix: where they are whole rows or columns of it, they look like that. */
  readonly isMatrix?: boolean;
}

/** The share of each cell's units that is in the region. The table has one row for each cell. */
export function shareFigure(
  grid: ShareGrid,
  { title, caption, heads, names = grid, isMatrix = false }: ShareFigureWords,
  t: Translate = english,
): Figure {
  const { rows, columns, sizes, units } = grid;
  const values = shares(sizes, units);
  const options: HeatmapOptions = {
    ...{ title, caption, rows, columns, values },
    top: topShare(values),
    text: percentText,
    ...(isMatrix ? matrixCells(grid) : gridCells(grid)),
  };
  const table: DataTable = {
    head: [...heads, t('Selected'), t('All'), t('Share')],
    rows: sizes.flatMap((row, a) =>
      row.flatMap((size, b) => {
        const all = units[a]?.[b] ?? null;
        if (size === null || all === null) return [];
        return [[names.rows[a] ?? '', names.columns[b] ?? '', size, all, values[a]?.[b] ?? null]];
      }),
    ),
  };
  return { ...heatmap(options), table, plot: { kind: 'heatmap', options: { ...options, ...names } } };
}

type CellSize = Pick<HeatmapOptions, 'cellWidth' | 'cellHeight'>;

const matrixCells = ({ rows, columns }: ShareGrid): CellSize => ({
  ...(columns.length === 1 && { cellWidth: 320, cellHeight: 10 }),
  ...(rows.length === 1 && { cellHeight: 120 }),
});

/** Room for shares and for the names of modules, and flat cells where there are many. */
export const gridCells = ({ rows, columns }: Pick<ShareGrid, 'rows' | 'columns'>): CellSize => ({
  ...(columns.length <= 16 && { cellWidth: columns.some((name) => name.length > 5) ? 72 : 52 }),
  ...(rows.length > 24 && { cellHeight: 18 }),
});

/** null where there are no units. */
export const shares = (sizes: CountTable, units: CountTable): (number | null)[][] =>
  sizes.map((row, a) =>
    row.map((size, b) => {
      const all = units[a]?.[b] ?? null;
      return size === null || all === null || all === 0 ? null : size / all;
    }),
  );

/** What the strongest colour stands for. */
const topShare = (values: CountTable): number =>
  values.flat().reduce<number>((top, value) => Math.max(top, value ?? 0), 0);

/** What lies between edges, both ends included: 0-63, 64-127, ... */
export const rangeTexts = (edges: readonly number[]): string[] =>
  edges.slice(1).map((edge, i) => {
    const [from, to] = [edges[i] ?? 0, edge - 1];
    return from === to ? String(from) : `${from}\u2013${to}`;
  });
