import type { FloorKind, MeasuredCeilings } from '../../core/masks/floorReport';
import type { MethodOverlap, Ratio, RatioMatrix } from '../../core/masks/overlapReport';
import { outsideUtility } from './outsideUtility';

type Cell = string | number | null;
type FloorAt = (a: number, b: number) => Ratio;

/** Lines measure, group, a, b, n, value, random of the measured floors and ceilings; none where nothing was measured. */
export function floorRows({ regions, utilityTwin, utilityShare, baselines }: MethodOverlap): Cell[][] {
  const rows = new FloorRows(regions.map(({ id }) => id));
  const outside = baselines.ceilingsIsoUtility;
  const [random, isoRandom] = [baselines, baselines.isoUtility].map((of) => at(of?.randomPairwise ?? []));
  return [
    ...rows.single('iouWithUtility', utilityTwin, baselines.randomUtilityTwin),
    ...rows.pairs('utilityShare', utilityShare, () => baselines.randomUtilityShare),
    ...rows.single('iouWithMagnitude', baselines.magnitudeIou, baselines.randomMagnitudeIou),
    ...rows.pairs('magnitudeFloor', baselines.magnitudeFloor, random),
    ...rows.pairs('magnitudeFloorError', baselines.magnitudeFloorError),
    ...rows.pairs('isoMagnitudeFloor', baselines.magnitudeFloorIsoUtility, isoRandom),
    ...rows.pairs('isoMagnitudeFloorError', baselines.magnitudeFloorIsoUtilityError),
    ...rows.ceilings((measure) => measure, baselines, random),
    ...(outside ? rows.ceilings(outsideUtility, outside, isoRandom) : []),
  ];
}

const at =
  (matrix: RatioMatrix): FloorAt =>
  (a, b) =>
    matrix[a]?.[b] ?? null;

class FloorRows {
  constructor(private readonly ids: readonly string[]) {}

  single(measure: string, values: Ratio[] | null, floors: Ratio[] | null = null): Cell[][] {
    return (values ?? []).map((value, i) => [
      measure,
      '',
      this.ids[i] ?? '',
      '',
      '',
      value,
      floors?.[i] ?? null,
    ]);
  }

  pairs(
    measure: string,
    values: readonly (readonly Ratio[])[] | null,
    floorOf: FloorAt = () => null,
    group = '',
  ): Cell[][] {
    return (values ?? []).flatMap((row, a) =>
      row.flatMap((value, b) =>
        b > a ? [[measure, group, this.ids[a] ?? '', this.ids[b] ?? '', 2, value, floorOf(a, b)]] : [],
      ),
    );
  }

  /** @param named what a measure is called here */
  ceilings(named: (measure: string) => string, of: MeasuredCeilings, floorOf?: FloorAt): Cell[][] {
    return [
      ...this.single(named('splitHalfCeiling'), of.splitHalfCeiling),
      ...this.pairs(named('iouOfHalves'), of.halvesPairwise, floorOf),
      ...this.single(named('secondDrawCeiling'), of.secondDrawCeiling),
      ...this.pairs(named('iouOfDraws'), of.drawsPairwise, floorOf),
      ...this.pairs(named('iouJackknifeError'), of.jackknife?.standardError ?? null),
      ...this.positions(named('position'), of.position, of.positionFloor),
      ...this.positions(named('drawsPosition'), of.drawsPosition, of.drawsPositionFloor),
    ];
  }

  /** `group` of a floor is which one it is. */
  private positions(measure: string, places: MeasuredCeilings['position'], kind: FloorKind | null): Cell[][] {
    const fields = { value: '', floor: 'Floor', low: 'Low', high: 'High' } as const;
    return (['value', 'floor', 'low', 'high'] as const).flatMap((field) =>
      this.pairs(
        measure + fields[field],
        places && places.map((row) => row.map((place) => place?.[field] ?? null)),
        undefined,
        field === 'floor' ? (kind ?? '') : '',
      ),
    );
  }
}
