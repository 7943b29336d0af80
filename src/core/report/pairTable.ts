import type { MethodOverlap } from '../masks/overlapReport';
import type { Cell } from './figure';
import { english, type Translate } from './translate';

/** What the IoU of each pair lies between. The ceiling is the mean of the two regions'. */
export function pairTable(
  { regions, pairwise, baselines, utilityTwin }: MethodOverlap,
  t: Translate = english,
): {
  head: string[];
  rows: Cell[][];
} {
  const { randomPairwise, magnitudeFloor, splitHalfCeiling, position } = baselines;
  const rows = regions.flatMap((second, b) =>
    regions.slice(0, b).map((first, a): Cell[] => {
      const ceilings = [splitHalfCeiling?.[a] ?? null, splitHalfCeiling?.[b] ?? null] as const;
      const place = position?.[b]?.[a] ?? null;
      return [
        `${first.id}, ${second.id}`,
        pairwise[b]?.[a] ?? null,
        randomPairwise[b]?.[a] ?? null,
        magnitudeFloor?.[b]?.[a] ?? null,
        utilityTwin?.[a] ?? null,
        utilityTwin?.[b] ?? null,
        ceilings[0] === null || ceilings[1] === null ? null : (ceilings[0] + ceilings[1]) / 2,
        place?.value ?? null,
        place?.low ?? null,
        place?.high ?? null,
      ];
    }),
  );
  return {
    head: [
      t('pair'),
      t('IoU'),
      t('random floor'),
      t('shared |W| floor'),
      t('first with utility'),
      t('second with utility'),
      t('split-half ceiling'),
      t('position'),
      t('low'),
      t('high'),
    ],
    rows,
  };
}
