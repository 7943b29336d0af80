import { onesOfWord } from './bitKernel';

/** Where tiles begin along one axis, ascending, and where the last one ends. */
export type TileEdges = readonly number[];

/** At most `most` tiles over [first, first + size), all of one size but perhaps the last. */
export function tileEdges(first: number, size: number, most: number): TileEdges {
  const step = Math.max(1, Math.ceil(size / most));
  const tiles = Math.ceil(size / step);
  return [...Array.from({ length: tiles }, (_, i) => first + i * step), first + size];
}

/** Edges of `count` tiles of one size that fill [0, size) exactly. */
export const evenEdges = (size: number, count: number): TileEdges =>
  Array.from({ length: count + 1 }, (_, i) => (i * size) / count);

/**
 * Counts the units of a matrix's mask that lie in each tile of a grid of rows and columns. The mask comes in pieces of
 * whole rows, in any order. Doubles: exact to 2^53.
 */
export class TileCounter {
  /** Shape (tile rows, tile columns), row-major. */
  readonly counts: Float64Array;
  private readonly tileColumns: number;

  /** @param columns of the matrix, of which the grid may take a part */
  constructor(
    private readonly rowEdges: TileEdges,
    private readonly columnEdges: TileEdges,
    private readonly columns: number,
  ) {
    this.tileColumns = columnEdges.length - 1;
    this.counts = new Float64Array((rowEdges.length - 1) * this.tileColumns);
  }

  /**
   * @param words packed bits as 32-bit words in the order of the bytes (every platform that runs this is little-endian)
   * @param first bit of `words` that is the first of row `row`
   * @param rows how many follow
   */
  add(words: Int32Array, first: number, row: number, rows: number): void {
    const { rowEdges, columnEdges, columns, tileColumns } = this;
    const isWhole = tileColumns === 1 && columnEdges[0] === 0 && columnEdges[1] === columns;
    for (let tile = 0; tile + 1 < rowEdges.length; tile++) {
      const from = Math.max(rowEdges[tile] as number, row) - row;
      const to = Math.min(rowEdges[tile + 1] as number, row + rows) - row;
      if (from >= to) continue;
      if (isWhole) this.increase(tile, onesBetween(words, first + from * columns, first + to * columns));
      else for (let r = from; r < to; r++) this.addRow(words, first + r * columns, tile * tileColumns);
    }
  }

  private addRow(words: Int32Array, first: number, target: number): void {
    const { columnEdges, tileColumns } = this;
    for (let tile = 0; tile < tileColumns; tile++) {
      const from = first + (columnEdges[tile] as number);
      this.increase(target + tile, onesBetween(words, from, first + (columnEdges[tile + 1] as number)));
    }
  }

  private increase(tile: number, by: number): void {
    this.counts[tile] = (this.counts[tile] as number) + by;
  }
}

/** Ones among bits [first, end). */
function onesBetween(words: Int32Array, first: number, end: number): number {
  let word = Math.floor(first / 32);
  const last = Math.floor(end / 32);
  const fromFirst = -1 << (first % 32);
  const beforeEnd = ~(-1 << (end % 32));
  if (word === last) return onesOfWord((words[word] ?? 0) & fromFirst & beforeEnd);
  let count = onesOfWord((words[word] as number) & fromFirst);
  for (word++; word < last; word++) count += onesOfWord(words[word] as number);
  // A range that ends with a word may end the piece as well: there is no word behind it then.
  return beforeEnd === 0 ? count : count + onesOfWord((words[last] as number) & beforeEnd);
}
