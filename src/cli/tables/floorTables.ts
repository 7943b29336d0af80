import type { PairPosition } from '../../core/masks/floorReport';
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
  return [regionTable(overlap, names), pairTable(overlap, names), isolatedTable(overlap, names)].filter(
    ({ head }) => head.length > 1,
  );
}

function regionTable({ utility, utilityTwin, baselines }: MethodOverlap, names: Names): Table {
  const { randomUtilityTwin, magnitudeIou, randomMagnitudeIou, splitHalfCeiling } = baselines;
  const each = (values: readonly Ratio[] | null): Column<number>['cell'] =>
    values && ((region) => ratioText(values[region] ?? null));
  return tableOf<number>(
    'Regions beside the utility region, the largest |W| and themselves',
    'region',
    names.rows.map((name, region) => [name, region]),
    [
      { head: `IoU with ${plainText(utility?.id ?? '')}`, cell: each(utilityTwin) },
      { head: 'random', cell: each(randomUtilityTwin) },
      { head: 'IoU with largest |W|', cell: each(magnitudeIou) },
      { head: 'random', cell: each(randomMagnitudeIou) },
      { head: 'half with half', cell: each(splitHalfCeiling) },
    ],
  );
}

type Pair = readonly [a: number, b: number];

function pairTable(overlap: MethodOverlap, names: Names): Table {
  const { baselines, pairwise, utilityShare } = overlap;
  const { randomPairwise, magnitudeFloor, magnitudeFloorDraws, splitHalfCeiling, halvesPairwise, position } =
    baselines;
  const each = (matrix: readonly (readonly Ratio[])[] | null): Column<Pair>['cell'] =>
    matrix && (([a, b]) => ratioText(matrix[a]?.[b] ?? null));
  const place = (text: (of: PairPosition) => Ratio): Column<Pair>['cell'] =>
    position &&
    (([a, b]) => {
      const of = position[a]?.[b] ?? null;
      return ratioText(of && text(of));
    });
  const ceiling = splitHalfCeiling && (([a, b]: Pair) => ratioText(ceilingOf(splitHalfCeiling, a, b)));
  const isMore = utilityShare !== null || magnitudeFloor !== null || splitHalfCeiling !== null;
  const columns: Column<Pair>[] = [
    { head: 'IoU', cell: each(pairwise) },
    { head: 'random', cell: each(randomPairwise) },
    { head: 'shared |W|', cell: each(magnitudeFloor) },
    { head: 'utility share', cell: each(utilityShare) },
    { head: 'halves', cell: each(halvesPairwise) },
    { head: 'ceiling', cell: ceiling },
    { head: 'position', cell: place(({ value }) => value) },
    { head: 'low', cell: place(({ low }) => low) },
    { head: 'high', cell: place(({ high }) => high) },
  ];
  const table = tableOf(
    'Pairs beside their floors and ceiling',
    'pair',
    isMore ? pairsOf(names) : [],
    columns,
  );
  const sentences = [
    ...(utilityShare === null
      ? []
      : [`By chance the utility share is ${ratioText(baselines.randomUtilityShare)}.`]),
    ...(magnitudeFloorDraws === null
      ? []
      : [
          `Shared |W|: mean of ${magnitudeFloorDraws.draws} draws on ${magnitudeFloorDraws.rowsPerModule} rows a module.`,
        ]),
    ...(position === null
      ? []
      : [`Position: (halves - floor) / (ceiling - floor), floor: ${FLOOR_NAMES[positionFloor(overlap)]}.`]),
  ];
  return { ...table, ...(sentences.length > 0 ? { note: sentences.join(' ') } : {}) };
}

function isolatedTable({ isoUtility, baselines }: MethodOverlap, names: Names): Table {
  const { magnitudeFloorIsoUtility: shared, isoUtility: floors } = baselines;
  const each =
    (matrix: readonly (readonly Ratio[])[]) =>
    ([a, b]: Pair): string =>
      ratioText(matrix[a]?.[b] ?? null);
  return tableOf<Pair>(
    'Pairs outside the utility region beside their floors',
    'pair',
    isoUtility && floors && shared ? pairsOf(names) : [],
    [
      { head: 'IoU', cell: each(isoUtility?.pairwise ?? []) },
      { head: 'random', cell: each(floors?.randomPairwise ?? []) },
      { head: 'shared |W|', cell: each(shared ?? []) },
    ],
  );
}

const pairsOf = ({ columns }: Names): [name: string, pair: Pair][] =>
  columns.flatMap((first, a) =>
    columns.slice(a + 1).map((second, i): [string, Pair] => [`${first} ${second}`, [a, a + 1 + i]]),
  );

const FLOOR_NAMES = { magnitude: 'shared |W|', procedure: 'the procedure at random', random: 'random' };

const positionFloor = ({ baselines }: MethodOverlap): keyof typeof FLOOR_NAMES =>
  baselines.positionFloor ?? 'random';

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
