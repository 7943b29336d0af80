/** Where the cells of a heatmap lie, in CSS pixels. Pure. */
export interface GridShape {
  readonly rows: number;
  readonly columns: number;
  /** Widths of the longest names as they would be drawn. */
  readonly rowNames: number;
  readonly columnNames: number;
  /** That may be used; more is taken where cells would be less than a pixel. */
  readonly width: number;
  /** Of a cell, at most and exactly; undefined: as fits what it holds. */
  readonly cellWidth?: number | undefined;
  readonly cellHeight?: number | undefined;
}

export interface GridLayout {
  /** Of the first cell. */
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Names of columns stand upright where they are wider than a cell. */
  readonly areUpright: boolean;
  /** Every n-th row, every n-th column is named. */
  readonly everyRow: number;
  readonly everyColumn: number;
  readonly hasNumbers: boolean;
  /** Of the whole picture, with its scale. */
  readonly width: number;
  readonly height: number;
}

export const LINE = 15;
const MOST_NAME = 190;
const MOST_UPRIGHT = 150;
const GAP = 8;
const SCALE = 44;
const NUMBERS_FROM = 36;
const MOST_CELL = 52;

export function gridLayout(shape: GridShape): GridLayout {
  const { rows, columns, rowNames, columnNames, width } = shape;
  // Whole pixels: what is drawn between them is blurred.
  const left = Math.ceil(Math.min(MOST_NAME, rowNames)) + GAP;
  const fitting = Math.floor((width - left - 2) / Math.max(1, columns));
  const cellWidth = Math.max(1, Math.min(shape.cellWidth ?? MOST_CELL, fitting));
  const hasNumbers = cellWidth >= NUMBERS_FROM && (shape.cellHeight ?? LINE) >= LINE;
  // Flat cells where they hold numbers, square ones where they are many.
  const cellHeight = shape.cellHeight ?? (hasNumbers ? 30 : Math.max(1, Math.min(26, cellWidth)));
  const areUpright = columnNames > cellWidth - 4 && cellWidth >= 8;
  const isNamedByEach = areUpright || columnNames <= cellWidth - 4;
  const everyColumn = isNamedByEach
    ? Math.max(1, Math.ceil(LINE / cellWidth))
    : Math.ceil((columnNames + 8) / cellWidth);
  const top = (areUpright ? Math.min(MOST_UPRIGHT, columnNames) : LINE) + GAP;
  return {
    left,
    top,
    cellWidth,
    cellHeight,
    areUpright,
    everyRow: Math.max(1, Math.ceil(LINE / cellHeight)),
    everyColumn,
    hasNumbers,
    width: Math.max(left + columns * cellWidth, left + 300) + 1,
    height: top + rows * cellHeight + SCALE,
  };
}

export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** The cell at a point of the picture; null beside all cells. */
export function cellAt(
  layout: GridLayout,
  shape: Pick<GridShape, 'rows' | 'columns'>,
  x: number,
  y: number,
): GridPlace | null {
  const column = Math.floor((x - layout.left) / layout.cellWidth);
  const row = Math.floor((y - layout.top) / layout.cellHeight);
  const isInside = row >= 0 && column >= 0 && row < shape.rows && column < shape.columns;
  return isInside ? { row, column } : null;
}

const PAGE = 10;

/** Where a key takes the cursor, as in a grid of ARIA; null for keys that do not move it. */
export function movedBy(
  key: string,
  isControl: boolean,
  { row, column }: GridPlace,
  { rows, columns }: Pick<GridShape, 'rows' | 'columns'>,
): GridPlace | null {
  const at = (r: number, c: number): GridPlace => ({
    row: Math.min(rows - 1, Math.max(0, r)),
    column: Math.min(columns - 1, Math.max(0, c)),
  });
  switch (key) {
    case 'ArrowUp':
      return at(row - 1, column);
    case 'ArrowDown':
      return at(row + 1, column);
    case 'ArrowLeft':
      return at(row, column - 1);
    case 'ArrowRight':
      return at(row, column + 1);
    case 'PageUp':
      return at(row - PAGE, column);
    case 'PageDown':
      return at(row + PAGE, column);
    case 'Home':
      return at(isControl ? 0 : row, 0);
    case 'End':
      return at(isControl ? rows - 1 : row, columns - 1);
    default:
      return null;
  }
}
