import type { FamilyCounts } from './familyCounts';
import type { FloorKind, MeasuredCeilings } from './floorReport';
import { jaccard, pairMatrix } from './overlapMeasures';
import type { RatioMatrix } from './overlapReport';
import { jackknifeOf, pairPositions, sampleIou, sampleMatrix, type SampleCounts } from './pairPosition';
import type { SampleFamily } from './sampleFamilies';

/** Families whose regions are all there. */
export type CountedFamily = Pick<SampleFamily, 'kind' | 'leftOut'> & { readonly counts: FamilyCounts };

export interface PositionFloor {
  readonly kind: FloorKind;
  /** null: what chance gives at the sizes of the samples. */
  readonly matrix: RatioMatrix | null;
  /** Standard error of an estimate. */
  readonly error: RatioMatrix | null;
}

export interface CeilingOptions {
  /** Of the counts, those of whole regions or those outside the utility region. */
  readonly pick: (counts: FamilyCounts) => SampleCounts | null;
  readonly floors: Readonly<Record<'halves' | 'draws', PositionFloor>>;
  /** E[J] of two sets of these sizes. */
  readonly chance: (universe: number, a: number, b: number) => number | null;
}

/** Ceilings, positions and intervals from counts alone. null where nothing of it was counted. */
export function measuredCeilings(
  families: readonly CountedFamily[],
  { pick, floors, chance }: CeilingOptions,
): MeasuredCeilings {
  const picked = families.flatMap(({ counts, ...family }) => {
    const own = pick(counts);
    return own ? [{ ...family, counts: own }] : [];
  });
  const between = (
    kind: 'halves' | 'draws',
  ): Pick<MeasuredCeilings, 'position'> & { readonly iou: RatioMatrix | null } => {
    const own = picked.filter((family) => family.kind === kind);
    const whole = own.find(({ leftOut }) => leftOut === null)?.counts;
    if (!whole) return { iou: null, position: null };
    const { matrix, error } = floors[kind];
    const chanceOf = (of: SampleCounts): RatioMatrix =>
      sampleMatrix(of, (a, b) => chance(of.units, of.sizes[a] ?? 0, of.sizes[b] ?? 0));
    return {
      iou: sampleIou(whole),
      position: pairPositions({
        whole,
        leftOut: own.flatMap(({ leftOut, counts }) =>
          leftOut === null ? [] : [{ sample: leftOut, counts }],
        ),
        floorOf: matrix ? () => matrix : chanceOf,
        floorError: error,
      }),
    };
  };
  const [halves, draws] = [between('halves'), between('draws')];
  const diagonal = (matrix: RatioMatrix | null): MeasuredCeilings['splitHalfCeiling'] =>
    matrix && matrix.map((row, a) => row[a] ?? null);
  const leaveOuts = picked.filter(({ kind }) => kind === 'leaveOut');
  return {
    splitHalfCeiling: diagonal(halves.iou),
    halvesPairwise: halves.iou,
    secondDrawCeiling: diagonal(draws.iou),
    drawsPairwise: draws.iou,
    jackknife:
      leaveOuts.length < 2 ? null : jackknifeOf(leaveOuts.map(({ counts }) => pairMatrix(counts, jaccard))),
    position: halves.position,
    positionFloor: halves.position && floors.halves.kind,
    drawsPosition: draws.position,
    drawsPositionFloor: draws.position && floors.draws.kind,
  };
}
