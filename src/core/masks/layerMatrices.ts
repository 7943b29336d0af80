/** The stored matrices that the cells of one layer are of, so that one can be looked into and named. */
import { neuronsOfModule } from '../model/neuronModules';
import { parseUnitName } from '../model/unitNames';
import type { MaskCell } from './densityGrid';
import type { MatrixLayout } from './expandMatrix';
import type { MethodOverlap } from './overlapReport';

/** A canonical matrix of a layer: a stored parameter, or the rows of a fused one. */
export interface LayerMatrix {
  /** q_proj and the like, q_proj.lora_A of an adapter; one of its layer. */
  readonly label: string;
  /** Hugging Face (PEFT) name of the parameter. */
  readonly parameter: string;
  /** First row of the parameter that is its own: not 0 in a fused one. */
  readonly firstRow: number;
  /** (rows, columns) */
  readonly shape: readonly [rows: number, columns: number];
  /** Whether it is all of its parameter. */
  readonly isWhole: boolean;
  /** What of it a unit of the region is. */
  readonly unitIs: 'weight' | 'row' | 'column' | 'matrix';
  /** Where its units are counted. */
  readonly cell: MaskCell;
}

/**
 * @param cells all of the region
 * @param matrices that its units are weights of, or expand to; without them neurons and layers belong to no known one
 */
export function layerMatrices(
  payload: MethodOverlap['payload'],
  cells: readonly MaskCell[],
  matrices: readonly MatrixLayout[],
  layer: number | null,
): LayerMatrix[] {
  const own = cells.filter((cell) => cell.layer === layer);
  return matrices.flatMap(({ name, shape, parts }) => {
    const place = parseUnitName(name);
    if (place === null ? layer !== null : place.layer !== layer) return [];
    const rows = shape[0] ?? 0;
    const columns = shape.slice(1).reduce((product, size) => product * size, 1);
    let row = 0;
    return (parts ?? [{ module: place?.module ?? name, rows }]).flatMap((part): LayerMatrix[] => {
      const firstRow = row;
      row += part.rows;
      const label = part.module + (place?.factor === undefined ? '' : `.${place.factor}`);
      const found = cellOf(payload, own, { parameter: name, label, rows: part.rows, columns });
      if (!found) return [];
      const isWhole = part.rows === rows;
      return [{ label, parameter: name, firstRow, shape: [part.rows, columns], isWhole, ...found }];
    });
  });
}

function cellOf(
  payload: MethodOverlap['payload'],
  cells: readonly MaskCell[],
  { parameter, label, rows, columns }: { parameter: string; label: string; rows: number; columns: number },
): Pick<LayerMatrix, 'unitIs' | 'cell'> | null {
  const find = (unitIs: LayerMatrix['unitIs'], isIt: (cell: MaskCell) => boolean) => {
    const cell = cells.find(isIt);
    return cell ? { unitIs, cell } : null;
  };
  switch (payload) {
    case 'weights':
    case 'lora':
      return find('weight', ({ tensor, module }) => tensor === parameter && module === label);
    case 'layers':
      return find('matrix', () => true);
    case 'neurons': {
      const kind = neuronsOfModule(label);
      const along = kind?.axis === 'row' ? rows : columns;
      // Counts that are not the matrix's say nothing of it.
      return kind ? find(kind.axis, ({ module, units }) => module === kind.type && units === along) : null;
    }
  }
}
