/** Where a region is dense: its units by layer and module, and by layer and attention head. */
import { parseUnitName } from '../model/unitNames';
import { headCut, type HeadSizes } from './headCut';
import type { RegionModule } from './overlap';
import type { MethodOverlap } from './overlapReport';
import { evenEdges, type TileEdges } from './tileCounts';

/** What one cell of the layer x module grid counts: a stored tensor, or a run of units in one. */
export interface MaskCell {
  /** From 0; null outside the layers. */
  readonly layer: number | null;
  /** q_proj and the like, q_proj.lora_A of an adapter, a type of neurons, or `layer`. */
  readonly module: string;
  readonly tensor: string;
  /** Units of the tensor before it: of a fused matrix and of layers. */
  readonly first: number;
  readonly units: number;
  /** Units in a row; 1 where a unit is a whole row or column. */
  readonly columns: number;
}

/** The heads of a cell as tiles of its matrix: bands of rows, or of columns for o_proj. */
export interface HeadTiles {
  /** q, k, v or o. Under grouped-query attention k and v have fewer heads than q and o. */
  readonly key: string;
  readonly rowEdges: TileEdges;
  readonly columnEdges: TileEdges;
}

export interface CountedCell extends MaskCell {
  readonly size: number;
  /** Units of the region in each head; null for a module without heads. */
  readonly heads: { readonly key: string; readonly sizes: readonly number[] } | null;
}

/** Counts by layer (rows) and by what `columns` name; null where a layer has no such cell. */
export interface CountGrid {
  readonly layers: readonly (number | null)[];
  readonly columns: readonly string[];
  readonly sizes: readonly (readonly (number | null)[])[];
  readonly units: readonly (readonly (number | null)[])[];
}

export interface HeadGrid extends CountGrid {
  /** q, k, v or o; `columns` are its heads from 0 on. */
  readonly key: string;
}

/** The cells of a region's tensors: a fused matrix has one for each module in it, an interval one for each layer. */
export function maskCells(payload: MethodOverlap['payload'], tensors: readonly RegionModule[]): MaskCell[] {
  return tensors.flatMap(({ name, units, columns = 1, parts }): MaskCell[] => {
    if (payload === 'layers') {
      return Array.from({ length: units }, (_, layer) => ({
        ...{ layer, module: 'layer', tensor: name },
        ...{ first: layer, units: 1, columns: 1 },
      }));
    }
    const place = parseUnitName(name);
    const layer = place?.layer ?? null;
    const module = place?.module ?? name;
    const factor = place?.factor === undefined ? '' : `.${place.factor}`;
    let first = 0;
    return (parts ?? [{ module, units }]).map((part) => {
      const cell = { layer, module: part.module + factor, tensor: name, first, units: part.units, columns };
      first += part.units;
      return cell;
    });
  });
}

/** null for a cell without heads, and of a model whose heads are not known. An adapter's factors have none. */
export function headTiles(
  { module, units, columns }: Pick<MaskCell, 'module' | 'units' | 'columns'>,
  sizes: HeadSizes | null,
): HeadTiles | null {
  const cut = sizes && headCut(module, units, columns, sizes);
  if (!cut) return null;
  const rows = units / columns;
  return cut.strided
    ? { key: cut.key, rowEdges: [0, rows], columnEdges: evenEdges(columns, cut.heads) }
    : { key: cut.key, rowEdges: evenEdges(rows, cut.heads), columnEdges: [0, columns] };
}

/** Layers ascending, cells outside them last; modules in the order of the file. */
export function densityGrid(cells: readonly CountedCell[]): CountGrid {
  const columns = [...new Set(cells.map(({ module }) => module))];
  return grid(
    cells.map(({ layer, module, size, units }) => ({ layer, column: module, size, units })),
    columns,
  );
}

/** One grid for q, k, v and o each; none where heads are not known. */
export function headGrids(cells: readonly CountedCell[]): HeadGrid[] {
  const keys = new Set(cells.flatMap(({ heads }) => (heads ? [heads.key] : [])));
  return Array.from(keys, (key) => {
    const counted = cells.flatMap(({ layer, units, heads }) =>
      heads?.key === key
        ? heads.sizes.map((size, head) => ({
            ...{ layer, column: String(head), size },
            units: units / heads.sizes.length,
          }))
        : [],
    );
    const heads = Math.max(...counted.map(({ column }) => Number(column))) + 1;
    return {
      key,
      ...grid(
        counted,
        Array.from({ length: heads }, (_, head) => String(head)),
      ),
    };
  });
}

interface Counted {
  readonly layer: number | null;
  readonly column: string;
  readonly size: number;
  readonly units: number;
}

function grid(cells: readonly Counted[], columns: readonly string[]): CountGrid {
  const layers = [...new Set(cells.map(({ layer }) => layer))].sort(
    (a, b) => (a ?? Infinity) - (b ?? Infinity),
  );
  const sums = new Map<string, { size: number; units: number }>();
  for (const { layer, column, size, units } of cells) {
    const key = `${layer ?? ''} ${column}`;
    const sum = sums.get(key);
    sums.set(key, { size: size + (sum?.size ?? 0), units: units + (sum?.units ?? 0) });
  }
  const of = (what: 'size' | 'units'): (number | null)[][] =>
    layers.map((layer) => columns.map((column) => sums.get(`${layer ?? ''} ${column}`)?.[what] ?? null));
  return { layers, columns, sizes: of('size'), units: of('units') };
}
