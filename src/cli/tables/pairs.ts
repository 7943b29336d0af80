import type { Ratio, RatioMatrix } from '../../core/masks/overlapReport';

/** Each pair once. */
export const offDiagonal = (matrix: RatioMatrix): Ratio[] => matrix.flatMap((row, a) => row.slice(0, a));

/** Of those that are defined; null where none is. */
export function meanOf(values: readonly Ratio[]): Ratio {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
