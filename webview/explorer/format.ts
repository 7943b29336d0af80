/** Numbers as this page writes them. */
import { percentText } from '../../src/core/report/figure';

const DASH = '\u2013';

/** An IoU or share to three significant digits; a dash where it is undefined (the union is empty). */
export function formatRatio(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  if (value === 0 || value === 1) return String(value);
  return value >= 0.001 ? value.toPrecision(3) : value.toExponential(1);
}

export const formatPercent = (share: number | null | undefined): string =>
  share === null || share === undefined ? DASH : percentText(share);

const grouped = new Intl.NumberFormat('en');

export const formatCount = (value: number | null): string => (value === null ? DASH : grouped.format(value));

/** Any number to four significant digits; counts whole. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  if (Number.isInteger(value)) return grouped.format(value);
  return Math.abs(value) >= 0.001 ? String(Number(value.toPrecision(4))) : value.toExponential(1);
}
