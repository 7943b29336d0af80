import type { MethodOverlap, RatioMatrix, RegionSize } from '../../core/masks/overlapReport';
import { plainText } from '../plainText';
import { countText, ratioText } from './numberText';
import type { Table } from './table';

/** Longer names would make the columns of a matrix too wide. */
export const LONG_ID = 10;

export interface Names {
  readonly rows: readonly string[];
  /** Heads of matrix columns: the ids, or numbers where ids would make columns too wide. */
  readonly columns: readonly string[];
}

export function regionNames({ regions }: Pick<MethodOverlap, 'regions'>): Names {
  const ids = regions.map(({ id }) => plainText(id));
  if (ids.every((id) => id.length <= LONG_ID)) return { rows: ids, columns: ids };
  return { rows: ids.map((id, i) => `[${i + 1}] ${id}`), columns: ids.map((_, i) => `[${i + 1}]`) };
}

/** Short names in the order in which the n-way measures add regions. */
export function namesInOrder(
  { regions, order }: Pick<MethodOverlap, 'regions' | 'order'>,
  names: Names,
): string[] {
  return order.map((id) => names.columns[regions.findIndex((region) => region.id === id)] ?? '');
}

/** snip: 10 regions, universe 106,168,320 weights */
export function methodHeading(
  method: string,
  { regions, universe, payload, unit }: Pick<MethodOverlap, 'regions' | 'universe' | 'payload' | 'unit'>,
): string {
  // An adapter's weights are not the model's.
  const units = payload === 'lora' ? 'weights of the adapter' : `${unit}s`;
  const count = `${regions.length} region${regions.length === 1 ? '' : 's'}`;
  return `${plainText(method)}: ${count}, universe ${countText(universe)} ${units}`;
}

/** How large each region is; of layers, which ones. */
export function sizesTable({ regions, utility, universe, payload }: MethodOverlap, names: Names): Table {
  const isolated = utility !== null;
  const rows = regions.map((region, i) => {
    const share =
      region.isolatedSize === null || region.size === 0 ? null : region.isolatedSize / region.size;
    return [
      names.rows[i] ?? region.id,
      ...(payload === 'layers' ? [intervalText(region)] : []),
      countText(region.size),
      ratioText(region.density),
      ...(isolated ? [countText(region.isolatedSize), ratioText(share)] : []),
    ];
  });
  if (utility) {
    const density = ratioText(utility.size / universe);
    rows.push([`${plainText(utility.id)} (utility)`, countText(utility.size), density, '-', '-']);
  }
  return {
    title: 'Regions',
    head: [
      'region',
      ...(payload === 'layers' ? ['layers'] : []),
      'size',
      'density',
      ...(isolated ? ['outside utility', 'share left'] : []),
    ],
    rows,
  };
}

/** Both ends are in it. */
const intervalText = ({ interval }: RegionSize): string =>
  interval ? `${interval[0]} to ${interval[1]}` : interval === null ? 'none' : '-';

/** Do any two regions hold anything? Without, a matrix has nothing but undefined ratios. */
export const hasPairs = ({ regions }: Pick<MethodOverlap, 'regions'>): boolean =>
  regions.length > 1 && regions.some(({ size }) => size > 0);

export function matrixTable(title: string, matrix: RatioMatrix, names: Names): Table {
  return {
    title,
    head: ['', ...names.columns],
    rows: matrix.map((row, a) => [names.rows[a] ?? '', ...row.map(ratioText)]),
  };
}
