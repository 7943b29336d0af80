import type {
  MethodOverlap,
  OverlapMeasures,
  OverlapReport,
  RandomFloors,
  Ratio,
  RatioMatrix,
} from '../../core/masks/overlapReport';
import { plainText } from '../plainText';
import { ratioText } from './numberText';
import { meanOf, offDiagonal } from './pairs';
import { hasPairs, methodHeading, namesInOrder, regionNames, sizesTable, type Names } from './regionTables';
import type { Table, TableSection } from './table';

/**
 * What `identify` prints: of each method the sizes, the IoU of each pair beside its floor, and the n-way curves, with
 * and without what utility selects. All else that was measured is in `overlapTables`.
 */
export function overviewTables(report: OverlapReport): TableSection[] {
  const methods = Object.entries(report.methods);
  const sections = methods.map(([method, overlap]) => ({
    heading: methodHeading(method, overlap),
    tables: methodTables(overlap),
  }));
  if (methods.length < 2) return sections;
  // Last, for it is what a terminal shows at the end.
  return [...sections, { heading: 'All methods', tables: [summary(methods)] }];
}

function summary(methods: readonly (readonly [string, MethodOverlap])[]): Table {
  return {
    title: 'IoU: mean over the pairs of datasets, and of all datasets at once (n-way), each beside chance',
    head: [
      'method',
      'pairs',
      'random',
      'outside utility',
      'random',
      'n-way',
      'random',
      'n-way outside',
      'random',
    ],
    rows: methods.map(([method, { baselines, isoUtility, ...plain }]) => [
      plainText(method),
      ...pairMeans(plain, baselines),
      ...pairMeans(isoUtility, baselines.isoUtility),
      ...ends(plain, baselines),
      ...ends(isoUtility, baselines.isoUtility),
    ]),
  };
}

const pairMeans = (of: Pick<OverlapMeasures, 'pairwise'> | null, floors: RandomFloors | null): string[] =>
  [of?.pairwise, floors?.randomPairwise].map((matrix) =>
    ratioText(matrix ? meanOf(offDiagonal(matrix)) : null),
  );

const ends = (of: Pick<OverlapMeasures, 'forward'> | null, floors: RandomFloors | null): string[] =>
  [of?.forward, floors?.randomForward].map((curve) => ratioText(curve?.at(-1) ?? null));

function methodTables(overlap: MethodOverlap): Table[] {
  const names = regionNames(overlap);
  const { baselines, isoUtility, notes } = overlap;
  const sizes = sizesTable(overlap, names);
  const one = sameInterval(overlap);
  const tables = one
    ? [{ ...sizes, note: one }]
    : hasPairs(overlap)
      ? [
          sizes,
          pairs('', overlap.pairwise, baselines.randomPairwise, names, otherFloors(overlap)),
          ...(isoUtility && baselines.isoUtility
            ? [
                pairs(
                  ' outside the utility region',
                  isoUtility.pairwise,
                  baselines.isoUtility.randomPairwise,
                  names,
                ),
              ]
            : []),
          curves(overlap, names),
        ]
      : [sizes];
  const last = tables.pop() ?? sizes;
  const note = [...(last.note === undefined ? [] : [last.note]), ...notes.map(plainText)].join(' ');
  return [...tables, note === '' ? last : { ...last, note }];
}

/** Where all datasets have one interval, matrices and curves of ones say less than a sentence. */
function sameInterval({
  regions,
  baselines: { randomPairwise, randomForward },
}: MethodOverlap): string | null {
  const [first] = regions;
  const interval = first?.interval;
  if (!interval || regions.length < 2) return null;
  if (regions.some((of) => of.interval?.[0] !== interval[0] || of.interval[1] !== interval[1])) return null;
  const [pair, all] = [randomPairwise[1]?.[0] ?? null, randomForward.at(-1) ?? null].map(ratioText);
  return `One interval for all: IoU 1 of every pair, by chance ${pair ?? ''}, and of all at once, by chance ${all ?? ''}.`;
}

/** One matrix for both, so that no IoU stands without what chance gives: they are symmetric. */
function pairs(where: string, values: RatioMatrix, floors: RatioMatrix, names: Names, note = ''): Table {
  const means = [values, floors].map((matrix) => ratioText(meanOf(offDiagonal(matrix))));
  return {
    title: `Pairwise IoU${where} (micro) below the diagonal, what chance gives above it`,
    head: ['', ...names.columns],
    rows: values.map((row, a) => [
      names.rows[a] ?? '',
      ...row.map((value, b) => (a === b ? '.' : ratioText(b < a ? value : (floors[a]?.[b] ?? null)))),
    ]),
    note: `Mean over the pairs: ${means[0] ?? ''}, by chance ${means[1] ?? ''}.${note}`,
  };
}

const magnitudeNote = (floor: RatioMatrix | null): string =>
  floor ? ` By |W| alone, which all datasets share: ${ratioText(meanOf(offDiagonal(floor)))}.` : '';

/** What else was measured of the pairs that an IoU is to be judged against, in means. */
function otherFloors({ baselines }: MethodOverlap): string {
  const { randomProcedure, magnitudeFloor } = baselines;
  const mean = (matrix: RatioMatrix): string => ratioText(meanOf(offDiagonal(matrix)));
  return [
    ...(randomProcedure
      ? [
          ` If every prompt kept its neurons at random, regions would have ` +
            `${ratioText(meanOf(randomProcedure.expectedSizes))} neurons and an IoU of ${mean(randomProcedure.randomPairwise)}.`,
        ]
      : []),
    magnitudeNote(magnitudeFloor),
    // Halves know less than whole sets: their ceiling is to be compared with halves.
    ...ceilingNote(
      'Regions of half the samples',
      'halves',
      baselines.halvesPairwise,
      baselines.splitHalfCeiling,
    ),
    ...ceilingNote('Two draws of samples', 'draws', baselines.drawsPairwise, baselines.secondDrawCeiling),
  ].join('');
}

const ceilingNote = (
  what: string,
  samples: string,
  pairwise: RatioMatrix | null,
  ceilings: readonly Ratio[] | null,
): string[] =>
  pairwise && ceilings
    ? [
        ` ${what}: ${ratioText(meanOf(offDiagonal(pairwise)))} between datasets, ` +
          `${ratioText(meanOf(ceilings))} between the ${samples} of one (the ceiling).`,
      ]
    : [];

function curves(overlap: MethodOverlap, names: Names): Table {
  const { baselines, isoUtility } = overlap;
  const added = namesInOrder(overlap, names);
  const at = (curves: readonly (readonly Ratio[])[], n: number): string[] =>
    curves.map((curve) => ratioText(curve[n] ?? null));
  const iso =
    isoUtility && baselines.isoUtility
      ? {
          forward: [isoUtility.forward, baselines.isoUtility.randomForward],
          backward: [isoUtility.backward, baselines.isoUtility.randomBackward],
        }
      : null;
  const outside = iso ? ['outside', 'random'] : [];
  return {
    title:
      'n-way IoU, adding regions from the first on (forward) and from the last on (backward)' +
      (iso ? '; outside: without the utility region' : ''),
    head: ['n', 'added', 'forward', 'random', ...outside, 'added', 'backward', 'random', ...outside],
    rows: overlap.forward.map((_, n) => [
      String(n + 1),
      added[n] ?? '',
      ...at([overlap.forward, baselines.randomForward, ...(iso?.forward ?? [])], n),
      added.at(-1 - n) ?? '',
      ...at([overlap.backward, baselines.randomBackward, ...(iso?.backward ?? [])], n),
    ]),
  };
}
