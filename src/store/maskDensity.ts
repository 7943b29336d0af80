/** Where a combination of regions is dense: by layer and module, by head, by matrix. */
import {
  densityGrid,
  headGrids,
  type CountedCell,
  type CountGrid,
  type HeadGrid,
} from '../core/masks/densityGrid';
import { layerMatrices, type LayerMatrix } from '../core/masks/layerMatrices';
import { UNIT_OF } from '../core/masks/methodOverlap';
import { CombinedRegion, type RegionChoice } from './combinedRegion';
import { countCells } from './maskCounts';

export interface MaskDensity {
  readonly unit: 'weight' | 'neuron' | 'layer';
  readonly grid: CountGrid;
  /** Empty where the heads of the model are not known. */
  readonly heads: readonly HeadGrid[];
  /** With the units of the region in each; of neurons and layers none where the file does not say what they are of. */
  readonly matrices: readonly CountedMatrix[];
}

export interface CountedMatrix extends Omit<LayerMatrix, 'cell'> {
  readonly layer: number | null;
  readonly size: number;
  readonly units: number;
}

/** All bits of the regions are read, once. @throws ToolError cancelled and the codes of `CombinedRegion.open` */
export async function maskDensity(choice: RegionChoice, signal: AbortSignal): Promise<MaskDensity> {
  const region = await CombinedRegion.open(choice);
  try {
    const cells = await countCells(region, signal);
    const layers = new Set(cells.map(({ layer }) => layer));
    return {
      unit: UNIT_OF[region.payload],
      grid: densityGrid(cells),
      heads: headGrids(cells),
      matrices: [...layers].flatMap((layer) =>
        layerMatrices(region.payload, cells, region.matrices, layer).map((matrix) =>
          countedMatrix(matrix, cells),
        ),
      ),
    };
  } finally {
    await region.close();
  }
}

function countedMatrix({ cell, ...matrix }: LayerMatrix, cells: readonly CountedCell[]): CountedMatrix {
  const own = cells.find(({ tensor, first }) => tensor === cell.tensor && first === cell.first);
  return { ...matrix, layer: cell.layer, size: own?.size ?? 0, units: cell.units };
}
