/** One matrix of a combination of regions, tile by tile. */
import { maskCells } from '../core/masks/densityGrid';
import { layerMatrices } from '../core/masks/layerMatrices';
import { UNIT_OF } from '../core/masks/methodOverlap';
import { tileLayout, tileUnits, type MatrixWindow, type TileMapCounts } from '../core/masks/tileMap';
import { usageError } from '../protocol/errors';
import { CombinedRegion, type RegionChoice } from './combinedRegion';
import { countTiles } from './maskCounts';

export interface TileMap extends TileMapCounts {
  readonly unit: (typeof UNIT_OF)[keyof typeof UNIT_OF];
}

/**
 * @param place `label` of a matrix of the layer, and what of it; all of it where `window` is null
 * @throws ToolError usage errors `matrix-unknown` and `window-outside`, cancelled, and the codes of `CombinedRegion.open`
 */
export async function tileMap(
  choice: RegionChoice,
  { layer, matrix: label, window }: { layer: number | null; matrix: string; window: MatrixWindow | null },
  signal: AbortSignal,
): Promise<TileMap> {
  const region = await CombinedRegion.open(choice);
  try {
    const cells = maskCells(region.payload, region.tensors);
    const matrix = layerMatrices(region.payload, cells, region.matrices, layer).find(
      (one) => one.label === label,
    );
    if (!matrix) {
      const what = `${choice.method} has no matrix '${label}' in layer ${layer ?? '-'}.`;
      throw usageError('matrix-unknown', what, 'Choose one that the grid shows.');
    }
    const layout = tileLayout(matrix, window);
    if (!layout) {
      const what = `The rows or columns that were asked for are not in ${matrix.parameter}.`;
      throw usageError('window-outside', what, 'Go back to the whole matrix.');
    }
    const { cell, rowEdges, columnEdges } = layout.counted;
    const counts = await countTiles(region, cell, { rowEdges, columnEdges }, signal);
    const across = columnEdges.length - 1;
    const sizes = tileUnits(layout).map((row, i) => row.map((_, j) => counts[i * across + j] ?? 0));
    return {
      unit: UNIT_OF[region.payload],
      rowEdges: layout.rowEdges,
      columnEdges: layout.columnEdges,
      sizes,
      units: tileUnits(layout),
    };
  } finally {
    await region.close();
  }
}
