import type { MeasuredCeilings, PairPosition } from '../../core/masks/floorReport';
import type { MethodOverlap, Ratio } from '../../core/masks/overlapReport';
import { plainText } from '../plainText';
import { ratioText } from './numberText';
import type { Table } from './table';

interface Names {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

/** A column that is left out where nothing of it was measured. */
interface Column<Row> {
  readonly head: string;
  readonly cell: ((row: Row) => string) | null;
}

/** What each IoU is to be judged against, beside it: floors that need no safety, and the ceiling that noise leaves. */
export function floorTables(overlap: MethodOverlap, names: Names): Table[] {
  const { baselines } = overlap;
  return [
    regionTable(overlap, names),
    pairTable(overlap, names),
    ...positionTables('', baselines, names),
    isolatedTable(overlap, names),
    ...(baselines.ceilingsIsoUtility
      ? positionTables(' outside the utility region', baselines.ceilingsIsoUtility, names)
      : []),
  ].filter(({ head, rows }) => head.length > 1 && rows.length > 0);
}

function regionTable({ utility, utilityTwin, baselines }: MethodOverlap, names: Names): Table {
  const { randomUtilityTwin, magnitudeIou, randomMagnitudeIou, ceilingsIsoUtility: outside } = baselines;
  const each = (values: readonly Ratio[] | null | undefined): Column<number>['cell'] =>
    values ? (region) => ratioText(values[region] ?? null) : null;
  return tableOf<number>(
    'Regions beside the utility region, the largest |W| and themselves',
    'region',
    names.rows.map((name, region) => [name, region]),
    [
      { head: `IoU with ${plainText(utility?.id ?? '')}`, cell: each(utilityTwin) },
      { head: 'random', cell: each(randomUtilityTwin) },
      { head: 'IoU with largest |W|', cell: each(magnitudeIou) },
      { head: 'random', cell: each(randomMagnitudeIou) },
      { head: 'half with half', cell: each(baselines.splitHalfCeiling) },
      { head: 'outside utility', cell: each(outside?.splitHalfCeiling) },
      { head: 'draw with draw', cell: each(baselines.secondDrawCeiling) },
      { head: 'outside utility', cell: each(outside?.secondDrawCeiling) },
    ],
  );
}

type Pair = readonly [a: number, b: number];

function pairTable(overlap: MethodOverlap, names: Names): Table {
  const { baselines, pairwise, utilityShare } = overlap;
  const { randomPairwise, magnitudeFloor, magnitudeFloorDraws } = baselines;
  const isMore = utilityShare !== null || magnitudeFloor !== null;
  const table = tableOf('Pairs beside their floors', 'pair', isMore ? pairsOf(names) : [], [
    { head: 'IoU', cell: eachPair(pairwise) },
    { head: 'random', cell: eachPair(randomPairwise) },
    { head: 'shared |W|', cell: eachPair(magnitudeFloor) },
    { head: 'utility share', cell: eachPair(utilityShare) },
  ]);
  const sentences = [
    ...(utilityShare === null
      ? []
      : [`By chance the utility share is ${ratioText(baselines.randomUtilityShare)}.`]),
    ...(magnitudeFloorDraws === null
      ? []
      : [
          `Shared |W|: mean of ${magnitudeFloorDraws.draws} draws on ${magnitudeFloorDraws.rowsPerModule} rows a module.`,
        ]),
  ];
  return { ...table, ...(sentences.length > 0 ? { note: sentences.join(' ') } : {}) };
}

/** One table of halves and one of draws: each has its own ceiling. */
function positionTables(where: string, of: MeasuredCeilings, names: Names): Table[] {
  const kinds = [
    {
      name: 'halves',
      of: 'halves of the samples',
      iou: of.halvesPairwise,
      ceilings: of.splitHalfCeiling,
      places: of.position,
      floor: of.positionFloor,
    },
    {
      name: 'draws',
      of: 'two draws of the samples',
      iou: of.drawsPairwise,
      ceilings: of.secondDrawCeiling,
      places: of.drawsPosition,
      floor: of.drawsPositionFloor,
    },
  ];
  return kinds.flatMap(({ name, of: what, iou, ceilings, places, floor }) => {
    if (!iou || !ceilings || !places) return [];
    const place = (text: (of: PairPosition) => Ratio): Column<Pair>['cell'] => {
      return ([a, b]) => {
        const found = places[a]?.[b] ?? null;
        return ratioText(found && text(found));
      };
    };
    const table = tableOf(`Pairs${where} between floor and ceiling: ${what}`, 'pair', pairsOf(names), [
      { head: name, cell: eachPair(iou) },
      { head: 'floor', cell: place(({ floor: least }) => least) },
      { head: 'ceiling', cell: ([a, b]) => ratioText(ceilingOf(ceilings, a, b)) },
      { head: 'position', cell: place(({ value }) => value) },
      { head: 'low', cell: place(({ low }) => low) },
      { head: 'high', cell: place(({ high }) => high) },
    ]);
    const note = `Position: (${name} - floor) / (ceiling - floor), floor: ${FLOOR_NAMES[floor ?? 'random']}.`;
    return [{ ...table, note }];
  });
}

const eachPair = (matrix: readonly (readonly Ratio[])[] | null): Column<Pair>['cell'] =>
  matrix && (([a, b]) => ratioText(matrix[a]?.[b] ?? null));

function isolatedTable({ isoUtility, baselines }: MethodOverlap, names: Names): Table {
  const { magnitudeFloorIsoUtility: shared, isoUtility: floors } = baselines;
  return tableOf<Pair>(
    'Pairs outside the utility region beside their floors',
    'pair',
    isoUtility && floors && shared ? pairsOf(names) : [],
    [
      { head: 'IoU', cell: eachPair(isoUtility?.pairwise ?? []) },
      { head: 'random', cell: eachPair(floors?.randomPairwise ?? []) },
      { head: 'shared |W|', cell: eachPair(shared ?? []) },
    ],
  );
}

const pairsOf = ({ columns }: Names): [name: string, pair: Pair][] =>
  columns.flatMap((first, a) =>
    columns.slice(a + 1).map((second, i): [string, Pair] => [`${first} ${second}`, [a, a + 1 + i]]),
  );

const FLOOR_NAMES = { magnitude: 'shared |W|', procedure: 'the procedure at random', random: 'random' };

const ceilingOf = (ceilings: readonly Ratio[], a: number, b: number): Ratio => {
  const [first, second] = [ceilings[a] ?? null, ceilings[b] ?? null];
  return first === null || second === null ? null : (first + second) / 2;
};

function tableOf<Row>(
  title: string,
  first: string,
  rows: readonly (readonly [name: string, row: Row])[],
  columns: readonly Column<Row>[],
): Table {
  const shown = columns.flatMap(({ head, cell }) => (cell ? [{ head, cell }] : []));
  return {
    title,
    head: [first, ...shown.map(({ head }) => head)],
    rows: rows.map(([name, row]) => [name, ...shown.map(({ cell }) => cell(row))]),
  };
}
