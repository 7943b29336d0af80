import type { MethodOverlap, Ratio, RatioMatrix } from '../masks/overlapReport';
import { columnChart, type Column } from './columnChart';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { meanOf, offDiagonal } from './methodFigures';
import { roundedUp } from './plotFrame';

/** What the IoU of pairs is to be judged against: floors that need no safety, and the ceiling that noise leaves. */
export function floorFigures(overlap: MethodOverlap): Figure[] {
  if (overlap.regions.length < 2) return [];
  return [...ladder(overlap), ...sharedMagnitude(overlap), ...positions(overlap)];
}

function ladder({ pairwise, baselines, utilityTwin, regions }: MethodOverlap): Figure[] {
  const { randomPairwise, randomProcedure, magnitudeFloor, splitHalfCeiling, halvesPairwise } = baselines;
  const rungs: Column[] = [
    rung('chance', offDiagonal(randomPairwise)),
    rung('procedure', offDiagonal(randomProcedure?.randomPairwise ?? [])),
    rung('shared |W|', offDiagonal(magnitudeFloor ?? [])),
    rung('utility', defined(utilityTwin ?? [])),
    rung('IoU', offDiagonal(pairwise)),
    rung('halves', offDiagonal(halvesPairwise ?? [])),
    rung('ceiling', defined(splitHalfCeiling ?? [])),
  ].filter(({ value }) => value !== null);
  if (rungs.length < 3) return [];
  return [
    columnChart({
      title: 'IoU between its floors and its ceiling',
      caption: `Means over the pairs of ${regions.length} regions. ${rungs
        .flatMap(({ label }) => MEANINGS[label] ?? [])
        .join(' ')}`,
      xTitle: 'compared with',
      yTitle: 'IoU',
      columns: rungs,
    }),
  ];
}

const MEANINGS: Readonly<Record<string, string>> = {
  procedure: 'Procedure: prompts that keep neurons at random.',
  'shared |W|': 'Shared |W|: what the weights alone make unrelated datasets share.',
  utility: 'Utility: each region with the utility region.',
  halves: 'Halves: half of one dataset against half of another.',
  ceiling: 'Ceiling: the two halves of one dataset.',
};

const defined = (values: readonly Ratio[]): number[] => values.filter((value) => value !== null);

const rung = (label: string, values: readonly number[]): Column => ({
  label,
  value: meanOf(values),
  floor: null,
  range: values.length === 0 ? null : [Math.min(...values), Math.max(...values)],
});

/** In the colours of the IoU of pairs, so that the two compare. */
function sharedMagnitude({ pairwise, isoUtility, baselines, regions }: MethodOverlap): Figure[] {
  const { magnitudeFloor, magnitudeFloorDraws } = baselines;
  if (!magnitudeFloor) return [];
  return [
    matrixFigure(
      regions.map(({ id }) => id),
      {
        title: 'IoU of every pair from shared |W| alone',
        caption: `Mean over ${numberText(magnitudeFloorDraws?.draws)} draws in which what the data say is permuted within every matrix: ${numberText(meanOf(offDiagonal(magnitudeFloor)))} over pairs.`,
        values: magnitudeFloor,
        top: pairScale(pairwise, isoUtility?.pairwise ?? []),
      },
    ),
  ];
}

/** The value of the strongest colour for the IoU of pairs. */
export const pairScale = (...matrices: readonly RatioMatrix[]): number =>
  roundedUp(Math.max(1e-9, ...matrices.flatMap(offDiagonal)));

function positions({ baselines: { position, positionFloor }, regions }: MethodOverlap): Figure[] {
  if (!position) return [];
  const values = position.map((row) => row.map((of) => of?.value ?? null));
  const found = position.flatMap((row, a) => row.slice(0, a).flatMap((of) => of ?? []));
  const figure = matrixFigure(
    regions.map(({ id }) => id),
    {
      title: 'Position of every pair between floor and ceiling',
      caption: `0 at the floor (${positionFloor ?? 'none'}), 1 at the ceiling; not clamped. Mean ${numberText(meanOf(found.map(({ value }) => value)))}. Intervals are in the table.`,
      values,
      top: 1,
    },
  );
  return [
    {
      ...figure,
      table: {
        head: ['pair', 'position', 'low', 'high'],
        rows: position.flatMap((row, a) =>
          row
            .slice(0, a)
            .map((of, b) => [
              `${regions[b]?.id ?? ''}, ${regions[a]?.id ?? ''}`,
              numberText(of?.value),
              numberText(of?.low),
              numberText(of?.high),
            ]),
        ),
      },
    },
  ];
}

const matrixFigure = (
  ids: readonly string[],
  of: { title: string; caption: string; values: RatioMatrix; top: number },
): Figure => heatmap({ ...of, rows: ids, columns: ids, isSymmetric: true });
