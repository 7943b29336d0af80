import type { MethodOverlap, Ratio, RatioMatrix } from '../../core/masks/overlapReport';

type Cell = string | number | null;

/** Lines measure, group, a, b, n, value, random of the measured floors and ceilings; none where nothing was measured. */
export function floorRows({ regions, utilityTwin, utilityShare, baselines }: MethodOverlap): Cell[][] {
  const ids = regions.map(({ id }) => id);
  const single = (measure: string, values: Ratio[] | null, floors: Ratio[] | null = null): Cell[][] =>
    (values ?? []).map((value, i) => [measure, '', ids[i] ?? '', '', '', value, floors?.[i] ?? null]);
  const pairs = (
    measure: string,
    values: readonly (readonly Ratio[])[] | null,
    floorOf: (a: number, b: number) => Ratio = () => null,
  ): Cell[][] =>
    (values ?? []).flatMap((row, a) =>
      row.flatMap((value, b) =>
        b > a ? [[measure, '', ids[a] ?? '', ids[b] ?? '', 2, value, floorOf(a, b)]] : [],
      ),
    );
  const at = (matrix: RatioMatrix) => (a: number, b: number) => matrix[a]?.[b] ?? null;
  const { position, jackknife } = baselines;
  const positions = (field: 'value' | 'low' | 'high'): Ratio[][] | null =>
    position && position.map((row) => row.map((of) => of?.[field] ?? null));
  return [
    ...single('iouWithUtility', utilityTwin, baselines.randomUtilityTwin),
    ...pairs('utilityShare', utilityShare, () => baselines.randomUtilityShare),
    ...single('iouWithMagnitude', baselines.magnitudeIou, baselines.randomMagnitudeIou),
    ...pairs('magnitudeFloor', baselines.magnitudeFloor, at(baselines.randomPairwise)),
    ...pairs('magnitudeFloorError', baselines.magnitudeFloorError),
    ...pairs(
      'isoMagnitudeFloor',
      baselines.magnitudeFloorIsoUtility,
      at(baselines.isoUtility?.randomPairwise ?? []),
    ),
    ...pairs('isoMagnitudeFloorError', baselines.magnitudeFloorIsoUtilityError),
    ...single('splitHalfCeiling', baselines.splitHalfCeiling),
    ...pairs('iouOfHalves', baselines.halvesPairwise, at(baselines.randomPairwise)),
    ...pairs('iouJackknifeError', jackknife?.standardError ?? null),
    ...pairs('position', positions('value')),
    ...pairs('positionLow', positions('low')),
    ...pairs('positionHigh', positions('high')),
  ];
}
