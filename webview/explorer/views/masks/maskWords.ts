/** How this view says things. */
import { percentText } from '../../../../src/core/report/figure';
import type { MaskChoice } from '../../../../src/protocol/explorer/maskQuery';
import type { MatrixWindow } from './maskMemory';
import { t } from '../../l10n';
import { formatCount } from '../../format';
import { unitsText } from '../../unitsText';

/** 'D0', 'what all 10 regions hold, outside Du', ... */
export function choiceText({ keep, without }: MaskChoice): string {
  const kept = keep.length === 1 ? (keep[0] ?? '') : t('what all {0} regions hold', keep.length);
  return without.length === 0 ? kept : t('{0}, outside {1}', kept, without.join(', '));
}

/** '3 of 12 weights (25 %)' */
export function countText(size: number, units: number, unit: string): string {
  const counts = t('{0} of {1}', formatCount(size), unitsText(unit, units));
  return units === 0 ? counts : `${counts} (${percentText(size / units)})`;
}

export const layerTitle = (layer: number | null): string =>
  layer === null ? t('Outside the layers') : t('Layer {0}', layer);

export const windowText = ({ rows, columns }: MatrixWindow): string =>
  t('rows {0}\u2013{1}, columns {2}\u2013{3}', rows[0], rows[1] - 1, columns[0], columns[1] - 1);
