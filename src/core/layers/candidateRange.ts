import type { LayerInterval } from './interval';
import { meanAndSd } from './moments';

/** Share of the layers that the gap is compared with. */
const BASE_SHARE = 4;
const ONSET_SDS = 3;
/** The gap has levelled off where it grows by less than this share of its fastest growth. */
const LEVEL_SHARE = 0.2;
const NOISE_ERRORS = 3;

/**
 * Where the gap between U-U and U-H pairs opens, by layer. The paper reads it off by eye; this is METHODS.md's rule:
 * first layer whose gap exceeds mean + 3 sd (ddof 0) of the gap over the first quarter of the layers (at least two);
 * then the first later layer from which it grows by less than 20 % of its largest growth from any layer to the next.
 * null where there is no such layer, and where no gap is larger than three standard errors: then it is noise.
 */
export function candidateRange(
  gap: readonly number[],
  standardErrors: readonly number[],
): LayerInterval | null {
  const isNoise = gap.every((value, layer) => !(value > NOISE_ERRORS * (standardErrors[layer] ?? 0)));
  if (isNoise) return null;
  const base = meanAndSd(gap.slice(0, Math.max(2, Math.ceil(gap.length / BASE_SHARE))));
  const first = gap.findIndex((value) => value > base.mean + ONSET_SDS * base.sd);
  if (first < 0) return null;
  const growth = gap.slice(1).map((value, layer) => value - (gap[layer] ?? 0));
  const level = LEVEL_SHARE * Math.max(...growth);
  const last = growth.findIndex((value, layer) => layer > first && value < level);
  return [first, last < 0 ? gap.length - 1 : last];
}
