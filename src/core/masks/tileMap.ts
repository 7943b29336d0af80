/** A matrix, or a window of it, as at most 64 x 64 tiles. */
import { tileEdges, type TileEdges } from './tileCounts';
import type { LayerMatrix } from './layerMatrices';
import type { MaskCell } from './densityGrid';

const MOST_TILES = 64;

/** Rows [rows[0], rows[1]) and columns of a stored parameter. */
export interface MatrixWindow {
  readonly rows: readonly [from: number, to: number];
  readonly columns: readonly [from: number, to: number];
}

export interface TileLayout {
  /** Edges of the tiles in the stored parameter. */
  readonly rowEdges: TileEdges;
  readonly columnEdges: TileEdges;
  /** Where to count their units: a neuron's row or column is one unit, however many weights it has. */
  readonly counted: {
    readonly cell: MaskCell;
    readonly rowEdges: TileEdges;
    readonly columnEdges: TileEdges;
  };
}

export interface TileMapCounts extends Pick<TileLayout, 'rowEdges' | 'columnEdges'> {
  /** Units of the region, and all units, in each tile: shape (tile rows, tile columns). */
  readonly sizes: readonly (readonly number[])[];
  readonly units: readonly (readonly number[])[];
}

/**
 * @param window all of the matrix where null
 * @returns null where the window is not within the matrix
 */
export function tileLayout(matrix: LayerMatrix, window: MatrixWindow | null): TileLayout | null {
  const { firstRow, shape, unitIs, cell } = matrix;
  const [rows, columns] = shape;
  const [top, bottom] = window?.rows ?? [firstRow, firstRow + rows];
  const [left, right] = window?.columns ?? [0, columns];
  if (top < firstRow || top >= bottom || bottom > firstRow + rows) return null;
  if (left < 0 || left >= right || right > columns) return null;
  const rowEdges = unitIs === 'column' || unitIs === 'matrix' ? [top, bottom] : edges(top, bottom);
  const columnEdges = unitIs === 'row' || unitIs === 'matrix' ? [left, right] : edges(left, right);
  const rowsOfPart = rowEdges.map((edge) => edge - firstRow);
  switch (unitIs) {
    case 'weight':
      return { rowEdges, columnEdges, counted: { cell, rowEdges: rowsOfPart, columnEdges } };
    case 'row':
      return { rowEdges, columnEdges, counted: { cell, rowEdges: rowsOfPart, columnEdges: [0, 1] } };
    case 'column':
      // The neurons of one tensor lie along one row.
      return {
        rowEdges,
        columnEdges,
        counted: { cell: { ...cell, columns: cell.units }, rowEdges: [0, 1], columnEdges },
      };
    case 'matrix':
      return { rowEdges, columnEdges, counted: { cell, rowEdges: [0, 1], columnEdges: [0, 1] } };
  }
}

/** Units in each tile, shape (tile rows, tile columns). */
export const tileUnits = ({ counted: { rowEdges, columnEdges } }: TileLayout): number[][] =>
  lengths(rowEdges).map((rows) => lengths(columnEdges).map((columns) => rows * columns));

const edges = (from: number, to: number): TileEdges => tileEdges(from, to - from, MOST_TILES);

const lengths = (edges: TileEdges): number[] => edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0));
