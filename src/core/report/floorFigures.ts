import type { FloorKind, MeasuredCeilings } from '../masks/floorReport';
import type { MethodOverlap, Ratio, RatioMatrix } from '../masks/overlapReport';
import { columnChart, type Column } from './columnChart';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { meanOf, offDiagonal, pairScale } from './methodFigures';

/** What the IoU of pairs is to be judged against: floors that need no safety, and the ceiling that noise leaves. */
export function floorFigures(overlap: MethodOverlap): Figure[] {
  if (overlap.regions.length < 2) return [];
  const { baselines, pairwise, utilityTwin, isoUtility } = overlap;
  const outside = baselines.ceilingsIsoUtility;
  return [
    ...ladder('', overlap, [
      rung('chance', offDiagonal(baselines.randomPairwise)),
      rung('procedure', offDiagonal(baselines.randomProcedure?.randomPairwise ?? [])),
      rung('shared |W|', offDiagonal(baselines.magnitudeFloor ?? [])),
      rung('utility', defined(utilityTwin ?? [])),
      rung('IoU', offDiagonal(pairwise)),
      ...ceilingRungs(baselines),
    ]),
    ...(isoUtility && baselines.isoUtility && outside
      ? ladder(OUTSIDE, overlap, [
          rung('chance', offDiagonal(baselines.isoUtility.randomPairwise)),
          rung('shared |W|', offDiagonal(baselines.magnitudeFloorIsoUtility ?? [])),
          rung('IoU', offDiagonal(isoUtility.pairwise)),
          ...ceilingRungs(outside),
        ])
      : []),
    ...sharedMagnitude(overlap),
    ...positions('', baselines, overlap),
    ...(outside ? positions(OUTSIDE, outside, overlap) : []),
  ];
}

const OUTSIDE = ' outside the utility region';

const ceilingRungs = (of: MeasuredCeilings): Column[] => [
  rung('halves', offDiagonal(of.halvesPairwise ?? [])),
  rung('half/half', defined(of.splitHalfCeiling ?? [])),
  rung('draws', offDiagonal(of.drawsPairwise ?? [])),
  rung('draw/draw', defined(of.secondDrawCeiling ?? [])),
];

function ladder(where: string, { regions }: MethodOverlap, all: readonly Column[]): Figure[] {
  const rungs = all.filter(({ value }) => value !== null);
  if (rungs.length < 3) return [];
  return [
    columnChart({
      title: `IoU${where} between its floors and its ceiling`,
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
  'half/half': 'Half/half: the two halves of one dataset, the ceiling of halves.',
  draws: 'Draws: all the samples of one dataset, or as many others, against those of another.',
  'draw/draw': 'Draw/draw: the two draws of one dataset, the ceiling of the IoU.',
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

function positions(where: string, of: MeasuredCeilings, { regions }: MethodOverlap): Figure[] {
  const shown = [
    { what: 'halves of the samples', places: of.position, floor: of.positionFloor },
    { what: 'two draws of the samples', places: of.drawsPosition, floor: of.drawsPositionFloor },
  ];
  return shown.flatMap(({ what, places, floor }) =>
    places
      ? [
          positionFigure(
            `Position of every pair${where} between floor and ceiling, ${what}`,
            places,
            floor,
            regions,
          ),
        ]
      : [],
  );
}

function positionFigure(
  title: string,
  places: NonNullable<MeasuredCeilings['position']>,
  floor: FloorKind | null,
  regions: MethodOverlap['regions'],
): Figure {
  const found = places.flatMap((row, a) => row.slice(0, a).flatMap((of) => of ?? []));
  const figure = matrixFigure(
    regions.map(({ id }) => id),
    {
      title,
      caption: `0 at the floor (${floor ?? 'none'}), 1 at the ceiling; not clamped. Mean ${numberText(meanOf(found.map(({ value }) => value)))}. Intervals are in the table.`,
      values: places.map((row) => row.map((of) => of?.value ?? null)),
      top: 1,
    },
  );
  return {
    ...figure,
    table: {
      head: ['pair', 'floor', 'position', 'low', 'high'],
      rows: places.flatMap((row, a) =>
        row
          .slice(0, a)
          .map((of, b) => [
            `${regions[b]?.id ?? ''}, ${regions[a]?.id ?? ''}`,
            of?.floor ?? null,
            of?.value ?? null,
            of?.low ?? null,
            of?.high ?? null,
          ]),
      ),
    },
  };
}

const matrixFigure = (
  ids: readonly string[],
  of: { title: string; caption: string; values: RatioMatrix; top: number },
): Figure => heatmap({ ...of, rows: ids, columns: ids, isSymmetric: true });
