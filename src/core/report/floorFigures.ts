import type { FloorKind, MeasuredCeilings } from '../masks/floorReport';
import type { MethodOverlap, Ratio, RatioMatrix } from '../masks/overlapReport';
import { columnChart, type Column } from './columnChart';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { meanOf, offDiagonal, pairScale } from './methodFigures';
import { english, type Translate } from './translate';

/** What the IoU of pairs is to be judged against: floors that need no safety, and the ceiling that noise leaves. */
export function floorFigures(overlap: MethodOverlap, t: Translate = english): Figure[] {
  if (overlap.regions.length < 2) return [];
  const { baselines, pairwise, utilityTwin, isoUtility } = overlap;
  const outside = baselines.ceilingsIsoUtility;
  const chance = (of: RatioMatrix): Rung => rung(t('chance'), offDiagonal(of));
  const sharedWeights = (of: RatioMatrix | null): Rung =>
    rung(
      t('shared |W|'),
      offDiagonal(of ?? []),
      t('Shared |W|: what the weights alone make unrelated datasets share.'),
    );
  return [
    ...ladder(t('IoU between its floors and its ceiling'), overlap, t, [
      chance(baselines.randomPairwise),
      rung(
        t('procedure'),
        offDiagonal(baselines.randomProcedure?.randomPairwise ?? []),
        t('Procedure: prompts that keep neurons at random.'),
      ),
      sharedWeights(baselines.magnitudeFloor),
      rung(t('utility'), defined(utilityTwin ?? []), t('Utility: each region with the utility region.')),
      rung(t('IoU'), offDiagonal(pairwise)),
      ...ceilingRungs(baselines, t),
    ]),
    ...(isoUtility && baselines.isoUtility && outside
      ? ladder(t('IoU outside the utility region between its floors and its ceiling'), overlap, t, [
          chance(baselines.isoUtility.randomPairwise),
          sharedWeights(baselines.magnitudeFloorIsoUtility),
          rung(t('IoU'), offDiagonal(isoUtility.pairwise)),
          ...ceilingRungs(outside, t),
        ])
      : []),
    ...sharedMagnitude(overlap, t),
    ...positions(baselines, overlap, t, {
      halves: t('Position of every pair between floor and ceiling, halves of the samples'),
      draws: t('Position of every pair between floor and ceiling, two draws of the samples'),
    }),
    ...(outside
      ? positions(outside, overlap, t, {
          halves: t(
            'Position of every pair outside the utility region between floor and ceiling, halves of the samples',
          ),
          draws: t(
            'Position of every pair outside the utility region between floor and ceiling, two draws of the samples',
          ),
        })
      : []),
  ];
}

interface Rung extends Column {
  /** Empty where the label says all. */
  readonly meaning: string;
}

const ceilingRungs = (of: MeasuredCeilings, t: Translate): Rung[] => [
  rung(
    t('halves'),
    offDiagonal(of.halvesPairwise ?? []),
    t('Halves: half of one dataset against half of another.'),
  ),
  rung(
    t('half/half'),
    defined(of.splitHalfCeiling ?? []),
    t('Half/half: the two halves of one dataset, the ceiling of halves.'),
  ),
  rung(
    t('draws'),
    offDiagonal(of.drawsPairwise ?? []),
    t('Draws: all the samples of one dataset, or as many others, against those of another.'),
  ),
  rung(
    t('draw/draw'),
    defined(of.secondDrawCeiling ?? []),
    t('Draw/draw: the two draws of one dataset, the ceiling of the IoU.'),
  ),
];

function ladder(title: string, { regions }: MethodOverlap, t: Translate, all: readonly Rung[]): Figure[] {
  const rungs = all.filter(({ value }) => value !== null);
  if (rungs.length < 3) return [];
  const meanings = rungs.map(({ meaning }) => meaning).filter((meaning) => meaning !== '');
  return [
    columnChart(
      {
        title,
        caption: [t('Means over the pairs of {0} regions.', regions.length), ...meanings].join(' '),
        xTitle: t('compared with'),
        yTitle: t('IoU'),
        columns: rungs.map(({ label, value, floor, range }) => ({ label, value, floor, range })),
      },
      t,
    ),
  ];
}

const defined = (values: readonly Ratio[]): number[] => values.filter((value) => value !== null);

const rung = (label: string, values: readonly number[], meaning = ''): Rung => ({
  label,
  meaning,
  value: meanOf(values),
  floor: null,
  range: values.length === 0 ? null : [Math.min(...values), Math.max(...values)],
});

/** In the colours of the IoU of pairs, so that the two compare. */
function sharedMagnitude(
  { pairwise, isoUtility, baselines, regions }: MethodOverlap,
  t: Translate,
): Figure[] {
  const { magnitudeFloor, magnitudeFloorDraws } = baselines;
  if (!magnitudeFloor) return [];
  return [
    matrixFigure(
      regions.map(({ id }) => id),
      {
        title: t('IoU of every pair from shared |W| alone'),
        caption: t(
          'Mean over {0} draws in which what the data say is permuted within every matrix: {1} over pairs.',
          numberText(magnitudeFloorDraws?.draws),
          numberText(meanOf(offDiagonal(magnitudeFloor))),
        ),
        values: magnitudeFloor,
        top: pairScale(pairwise, isoUtility?.pairwise ?? []),
      },
      t,
    ),
  ];
}

function positions(
  { position, positionFloor, drawsPosition, drawsPositionFloor }: MeasuredCeilings,
  { regions }: MethodOverlap,
  t: Translate,
  titles: Readonly<Record<'halves' | 'draws', string>>,
): Figure[] {
  return [
    ...(position ? [positionFigure(titles.halves, position, positionFloor, regions, t)] : []),
    ...(drawsPosition ? [positionFigure(titles.draws, drawsPosition, drawsPositionFloor, regions, t)] : []),
  ];
}

function positionFigure(
  title: string,
  places: NonNullable<MeasuredCeilings['position']>,
  floor: FloorKind | null,
  regions: MethodOverlap['regions'],
  t: Translate,
): Figure {
  const found = places.flatMap((row, a) => row.slice(0, a).flatMap((of) => of ?? []));
  const figure = matrixFigure(
    regions.map(({ id }) => id),
    {
      title,
      caption: t(
        '0 at the floor ({0}), 1 at the ceiling; not clamped. Mean {1}. Intervals are in the table.',
        floorText(floor, t),
        numberText(meanOf(found.map(({ value }) => value))),
      ),
      values: places.map((row) => row.map((of) => of?.value ?? null)),
      top: 1,
    },
    t,
  );
  return {
    ...figure,
    table: {
      head: [t('pair'), t('floor'), t('position'), t('low'), t('high')],
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
  t: Translate,
): Figure => heatmap({ ...of, rows: ids, columns: ids, isSymmetric: true }, t);

/** Which floor a position starts from. */
export const floorText = (floor: FloorKind | null, t: Translate = english): string =>
  floor === null
    ? t('none')
    : { magnitude: t('magnitude'), procedure: t('procedure'), random: t('random') }[floor];
