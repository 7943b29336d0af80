import { floorTables } from './floorTables';
import { headGroups } from './headGroups';
import type {
  CrossMethodOverlap,
  GroupOverlap,
  MethodOverlap,
  OverlapMeasures,
  OverlapReport,
  RandomFloors,
  Ratio,
  RatioMatrix,
} from '../../core/masks/overlapReport';
import { plainText } from '../plainText';
import { convergenceTables } from './convergenceTables';
import { countText, ratioText } from './numberText';
import { meanOf, offDiagonal } from './pairs';
import {
  hasPairs,
  LONG_ID,
  matrixTable,
  methodHeading,
  namesInOrder,
  regionNames,
  sizesTable,
  type Names,
} from './regionTables';
import { similarityTables } from './similarityTables';
import type { Table, TableSection } from './table';

/** An IoU means nothing without what chance gives: each matrix is followed by its random floor. */
export function overlapTables(report: OverlapReport): TableSection[] {
  const sections = Object.entries(report.methods).map(([method, overlap]) => ({
    heading: methodHeading(method, overlap),
    tables: methodTables(overlap),
  }));
  return [
    ...sections,
    ...(report.leftOut.length > 0 ? [leftOutSection(report.leftOut)] : []),
    ...(report.crossMethod ? [crossMethodSection(report.crossMethod)] : []),
  ];
}

const leftOutSection = (leftOut: OverlapReport['leftOut']): TableSection => ({
  heading: 'Methods that are left out',
  tables: [
    {
      title: 'Their regions do not hold the same units in all runs',
      head: ['method', 'why'],
      rows: leftOut.map(({ method, reason }) => [plainText(method), plainText(reason)]),
    },
  ],
});

/** The methods of each dataset, all in weights. */
function crossMethodSection({
  universe,
  methods,
  leftOut,
  datasets,
  notes,
}: CrossMethodOverlap): TableSection {
  const rows = methods.map(plainText);
  const columns = rows.every((name) => name.length <= LONG_ID) ? rows : rows.map((_, i) => `[${i + 1}]`);
  const names = { rows: columns === rows ? rows : rows.map((name, i) => `[${i + 1}] ${name}`), columns };
  const sizeRows = Object.entries(datasets).map(([id, { sizes }]) => [
    plainText(id),
    ...sizes.map(countText),
  ]);
  const sentences = [
    ...notes,
    ...leftOut.map(({ method, reason }) => `${plainText(method)} is left out: ${reason}.`),
  ];
  return {
    heading: `Methods against one another, universe ${countText(universe)} weights`,
    tables: [
      ...Object.entries(datasets).flatMap(([id, of]) => [
        ...withFloor(`IoU of methods in weights, ${plainText(id)}`, of.pairwise, of.randomPairwise, names),
        ...withFloor(
          `Overlap coefficient of methods in weights, ${plainText(id)}`,
          of.overlapCoefficient,
          of.randomOverlapCoefficient,
          names,
        ),
      ]),
      {
        title: 'Sizes in weights',
        head: ['region', ...rows],
        rows: sizeRows,
        note: sentences.join(' '),
      },
    ],
  };
}

function methodTables(overlap: MethodOverlap): Table[] {
  const names = regionNames(overlap);
  const { baselines } = overlap;
  const added = namesInOrder(overlap, names);
  const noted = (tables: readonly Table[]): Table[] => withNotes(tables, overlap.notes);
  if (overlap.payload === 'layers' && overlap.regions.length > 1 && !hasPairs(overlap))
    return noted([sizesTable(overlap, names), ...similarityTables(overlap.similarity, names)]);
  const tables = [
    sizesTable(overlap, names),
    ...measureTables('', overlap, baselines, names, added),
    ...procedureTables(overlap, names),
    ...floorTables(overlap, names),
    ...(overlap.isoUtility && baselines.isoUtility
      ? measureTables(' outside the utility region', overlap.isoUtility, baselines.isoUtility, names, added)
      : []),
    ...convergenceTables(overlap.convergence, overlap.regions.length > 2),
    // Of intervals, the regions' table says all that these could.
    ...(overlap.payload === 'layers'
      ? []
      : [
          profile('IoU by layer, mean over pairs', 'layer', overlap.byLayer),
          profile('IoU by module, mean over pairs', 'module', overlap.byModule),
        ]),
    profile('IoU by attention head, mean over pairs', 'layer.module.head', headGroups(overlap)),
    ...withFloor('Dice', overlap.dice, baselines.randomDice, names),
    ...withFloor(
      'Overlap coefficient',
      overlap.overlapCoefficient,
      baselines.randomOverlapCoefficient,
      names,
    ),
    ...similarityTables(overlap.similarity, names),
  ].filter(({ rows }) => rows.length > 0);
  return noted(tables);
}

/** Below the last table. */
function withNotes(tables: readonly Table[], notes: readonly string[]): Table[] {
  const last = tables.at(-1);
  if (!last || notes.length === 0) return [...tables];
  return [...tables.slice(0, -1), { ...last, note: joined(last.note, notes) }];
}

const joined = (note: string | undefined, notes: readonly string[]): string =>
  [...(note === undefined ? [] : [note]), ...notes.map(plainText)].join(' ');

function measureTables(
  where: string,
  of: OverlapMeasures,
  floors: RandomFloors,
  names: Names,
  added: readonly string[],
): Table[] {
  return [
    ...withFloor(`Pairwise IoU${where} (micro)`, of.pairwise, floors.randomPairwise, names),
    ...withFloor(
      `Pairwise IoU${where} (macro: mean over modules)`,
      of.pairwiseMacro,
      floors.randomPairwiseMacro,
      names,
    ),
    curves(where, of, floors, added),
  ];
}

/** SafeNeuron's own floor: the same prompts, keeping neurons at random. */
function procedureTables(
  { baselines: { randomProcedure }, regions, order }: MethodOverlap,
  names: Names,
): Table[] {
  if (!randomProcedure) return [];
  const { expectedSizes, randomPairwise, randomForward, randomBackward } = randomProcedure;
  const added = namesInOrder({ regions, order }, names);
  const sizeText = (size: number): string =>
    size >= 0.1 || size === 0 ? countText(Math.round(size * 10) / 10) : ratioText(size);
  return [
    {
      title: 'Sizes, if every prompt kept its neurons at random',
      head: ['region', 'expected size'],
      rows: expectedSizes.map((size, a) => [names.rows[a] ?? '', sizeText(size)]),
    },
    ...(names.rows.length < 2
      ? []
      : [
          matrixTable(
            'Pairwise IoU (micro), if every prompt kept its neurons at random',
            randomPairwise,
            names,
          ),
        ]),
    {
      title: 'n-way IoU, if every prompt kept its neurons at random',
      head: ['n', 'added', 'forward', 'added', 'backward'],
      rows: randomForward.map((value, n) => [
        String(n + 1),
        added[n] ?? '',
        ratioText(value),
        added.at(-1 - n) ?? '',
        ratioText(randomBackward[n] ?? null),
      ]),
    },
  ];
}

/** The matrix, and the floor as a second one, or as a sentence where it is one number for all pairs. */
function withFloor(title: string, values: RatioMatrix, floor: RatioMatrix, names: Names): Table[] {
  if (names.rows.length < 2) return [];
  const shown = new Set(offDiagonal(floor).map(ratioText));
  const [only] = shown;
  const matrix = matrixTable(title, values, names);
  if (shown.size === 1 && only !== undefined) {
    return [{ ...matrix, note: `Random floor: ${only} for every pair.` }];
  }
  return [matrix, matrixTable(`Random floor of: ${title}`, floor, names)];
}

function curves(where: string, of: OverlapMeasures, floors: RandomFloors, added: readonly string[]): Table {
  const at = (curve: readonly Ratio[], n: number): string => ratioText(curve[n] ?? null);
  return {
    title: `n-way IoU${where}, adding regions from the first on (forward) and from the last on (backward)`,
    head: ['n', 'added', 'forward', 'random', 'added', 'backward', 'random'],
    rows: of.forward.map((_, n) => [
      String(n + 1),
      added[n] ?? '',
      at(of.forward, n),
      at(floors.randomForward, n),
      added.at(-1 - n) ?? '',
      at(of.backward, n),
      at(floors.randomBackward, n),
    ]),
  };
}

function profile(title: string, kind: string, groups: Record<string, GroupOverlap>): Table {
  // A single region has no pair: its table has no rows, and is left out.
  const groupsWithPairs = Object.entries(groups).filter(([, { pairwise }]) => pairwise.length > 1);
  const rows = groupsWithPairs.map(([key, { pairwise, randomPairwise }]) => [
    plainText(key),
    ratioText(meanOf(offDiagonal(pairwise))),
    ratioText(meanOf(offDiagonal(randomPairwise))),
  ]);
  return { title, head: [kind, 'IoU', 'random'], rows };
}
