import type { Ratio } from '../../core/masks/overlapReport';

/** Four decimals; what they cannot show keeps two digits (2.4e-13), and undefined is not a number: '-'. */
export function ratioText(value: Ratio): string {
  if (value === null) return '-';
  if (value === 0 || value === 1) return String(value);
  return Math.abs(value) >= 0.001 ? value.toFixed(4) : value.toExponential(1);
}

/** 106168320 -> 106,168,320 */
export function countText(value: number | null): string {
  return value === null ? '-' : value.toLocaleString('en-US');
}
