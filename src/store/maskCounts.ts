/** Counts of a combination of regions, made from the files a megabyte at a time. */
import { headTiles, maskCells, type CountedCell, type MaskCell } from '../core/masks/densityGrid';
import { bytesFor } from '../core/masks/bitset';
import { TileCounter, type TileEdges } from '../core/masks/tileCounts';
import { cancelledError } from '../protocol/errors';
import type { CombinedRegion } from './combinedRegion';

const PIECE_BYTES = 1 << 20;

/** Units of every cell of the region, and of its heads: all of its bits are read, once. @throws ToolError cancelled */
export async function countCells(region: CombinedRegion, signal?: AbortSignal): Promise<CountedCell[]> {
  const counted: CountedCell[] = [];
  for (const cell of maskCells(region.payload, region.tensors)) {
    const { units, columns } = cell;
    const heads = headTiles(cell, region.heads);
    const { rowEdges, columnEdges } = heads ?? { rowEdges: [0, units / columns], columnEdges: [0, columns] };
    const counts = await countTiles(region, cell, { rowEdges, columnEdges }, signal);
    const size = counts.reduce((sum, count) => sum + count, 0);
    counted.push({ ...cell, size, heads: heads && { key: heads.key, sizes: [...counts] } });
  }
  return counted;
}

/**
 * Units of the region in each tile of one cell's matrix; only the rows of the grid are read.
 * @returns shape (tile rows, tile columns), row-major
 * @throws ToolError cancelled
 */
export async function countTiles(
  region: CombinedRegion,
  { tensor, first, columns }: MaskCell,
  { rowEdges, columnEdges }: { readonly rowEdges: TileEdges; readonly columnEdges: TileEdges },
  signal?: AbortSignal,
): Promise<Float64Array> {
  const counter = new TileCounter(rowEdges, columnEdges, columns);
  const [firstRow = 0, endRow = 0] = [rowEdges[0], rowEdges.at(-1)];
  const rowsAtOnce = Math.max(1, Math.floor((PIECE_BYTES * 8) / columns));
  const words = new Int32Array(Math.ceil((Math.min(rowsAtOnce, endRow - firstRow) * columns) / 32) + 1);
  for (let row = firstRow; row < endRow; row += rowsAtOnce) {
    if (signal?.aborted) throw cancelledError();
    const rows = Math.min(rowsAtOnce, endRow - row);
    const firstBit = first + row * columns;
    const from = Math.floor(firstBit / 32) * 4;
    await region.fill(tensor, from, bytesFor(firstBit + rows * columns) - from, words);
    counter.add(words, firstBit - from * 8, row, rows);
  }
  return counter.counts;
}
