import type { Correlations, SimilarityConfounders } from '../../core/similarity/similarityOverlap';
import type { Cell } from '../../core/report/figure';
import { csvLine } from '../../core/report/tableCsv';
import { floorRows } from './floorCsv';
import { headGroups } from './headGroups';
import { outsideUtility } from './outsideUtility';
import type {
  ConvergingCurves,
  GroupOverlap,
  MethodOverlap,
  OverlapReport,
  Ratio,
  RatioMatrix,
} from '../../core/masks/overlapReport';

const HEAD = ['method', 'measure', 'group', 'a', 'b', 'n', 'value', 'random'];

/**
 * Long format (RFC 4180): one number a line with its random floor beside it; undefined ratios are empty. Pairs appear
 * once. `a` and `b` of an n-way IoU are the first and the last region that were joined.
 */
export function overlapCsv(report: OverlapReport): string {
  const lines: Cell[][] = [HEAD];
  for (const [method, overlap] of Object.entries(report.methods)) {
    for (const row of methodRows(overlap)) lines.push([method, ...row]);
  }
  for (const row of crossMethodRows(report.crossMethod)) lines.push(['', ...row]);
  return lines.map(csvLine).join('\n');
}

/** No method, and methods in place of regions: `group` is the dataset. */
function crossMethodRows(cross: OverlapReport['crossMethod']): Cell[][] {
  if (!cross) return [];
  const { methods, datasets } = cross;
  return Object.entries(datasets).flatMap(([id, of]) => [
    ...of.sizes.map((size, i): Cell[] => ['sizeInWeights', id, methods[i] ?? '', '', '', size, '']),
    ...pairs('iouOfMethods', id, methods, of.pairwise, of.randomPairwise),
    ...pairs('overlapCoefficientOfMethods', id, methods, of.overlapCoefficient, of.randomOverlapCoefficient),
  ]);
}

/** measure, group, a, b, n, value, random */
function methodRows(overlap: MethodOverlap): Cell[][] {
  const ids = overlap.regions.map(({ id }) => id);
  const { baselines, isoUtility, utility, order } = overlap;
  const single = (measure: string, id: string, value: Cell): Cell[] => [measure, '', id, '', '', value, ''];
  const rows = [single('universe', '', overlap.universe)];
  for (const { id, size, density, isolatedSize, interval } of overlap.regions) {
    rows.push(single('size', id, size), single('density', id, density));
    if (utility) rows.push(single('isolatedSize', id, isolatedSize));
    if (interval) rows.push(single('firstLayer', id, interval[0]), single('lastLayer', id, interval[1]));
  }
  if (utility) rows.push(single('utilitySize', utility.id, utility.size));
  rows.push(
    ...pairs('iou', '', ids, overlap.pairwise, baselines.randomPairwise),
    ...pairs('iouMacro', '', ids, overlap.pairwiseMacro, baselines.randomPairwiseMacro),
    ...curve('forward', order, overlap.forward, baselines.randomForward),
    ...curve('backward', order.toReversed(), overlap.backward, baselines.randomBackward),
  );
  if (isoUtility && baselines.isoUtility) {
    const floors = baselines.isoUtility;
    rows.push(
      ...pairs('isoIou', '', ids, isoUtility.pairwise, floors.randomPairwise),
      ...pairs('isoIouMacro', '', ids, isoUtility.pairwiseMacro, floors.randomPairwiseMacro),
      ...curve('isoForward', order, isoUtility.forward, floors.randomForward),
      ...curve('isoBackward', order.toReversed(), isoUtility.backward, floors.randomBackward),
    );
  }
  const procedure = baselines.randomProcedure;
  if (procedure) {
    // Floors alone: `value` is empty, the IoUs are above.
    const none = ids.map(() => ids.map(() => null));
    rows.push(
      ...procedure.expectedSizes.map((size, i) => single('expectedSizeByProcedure', ids[i] ?? '', size)),
      ...pairs('iouByProcedure', '', ids, none, procedure.randomPairwise),
      ...curve(
        'forwardByProcedure',
        order,
        ids.map(() => null),
        procedure.randomForward,
      ),
      ...curve(
        'backwardByProcedure',
        order.toReversed(),
        ids.map(() => null),
        procedure.randomBackward,
      ),
    );
  }
  rows.push(
    ...convergenceRows((measure) => measure, overlap.convergence),
    ...(overlap.convergence.isoUtility
      ? convergenceRows(outsideUtility, overlap.convergence.isoUtility)
      : []),
    ...floorRows(overlap),
    ...profile('iouByLayer', ids, overlap.byLayer),
    ...profile('iouByModule', ids, overlap.byModule),
    ...profile('iouByHead', ids, headGroups(overlap)),
    ...pairs('dice', '', ids, overlap.dice, baselines.randomDice),
    ...pairs('overlapCoefficient', '', ids, overlap.overlapCoefficient, baselines.randomOverlapCoefficient),
    ...similarityRows(overlap.similarity, ids),
  );
  return rows;
}

/** `group` is the curve; a state is text in the column of values. Curves of an order are above. */
function convergenceRows(named: (measure: string) => string, curves: ConvergingCurves): Cell[][] {
  const rows: Cell[][] = [];
  const { allOrders, common, heldBy, randomHeldBy } = curves;
  for (const [measure, { curve, random }] of Object.entries({
    iouOfAllOrders: allOrders,
    commonShare: common,
  })) {
    rows.push(
      ...curve.map((value, n): Cell[] => [named(measure), '', '', '', n + 1, value, random[n] ?? null]),
    );
  }
  rows.push(
    ...heldBy.map((units, k): Cell[] => [
      named('unitsInExactly'),
      '',
      '',
      '',
      k,
      units,
      randomHeldBy[k] ?? null,
    ]),
  );
  for (const key of ['forward', 'backward', 'allOrders', 'common'] as const) {
    const { fit, randomFit } = curves[key];
    if (!fit) continue;
    for (const field of ['plateau', 'rate', 'rmse', 'lastStep', 'state'] as const) {
      rows.push([named(field), key, '', '', fit.points, fit[field], randomFit?.[field] ?? null]);
    }
  }
  return rows;
}

/** Of correlations `group` is the kind of sets, or what is compared in the place of the cosine. */
function similarityRows(similarity: MethodOverlap['similarity'], ids: readonly string[]): Cell[][] {
  if (!similarity) return [];
  const { matrix, sets, confounders } = similarity;
  const none = ids.map(() => ids.map(() => null));
  const correlations = { ...sets, ...confoundersOf(confounders) };
  return [
    ...pairs('cosineOfDatasets', '', ids, matrix, none),
    ...pairs('promptOverlap', '', ids, confounders.promptOverlap, none),
    ...ids.map((id, i): Cell[] => ['promptTokens', '', id, '', '', confounders.promptTokens[i] ?? null, '']),
    ...ids.map((id, i): Cell[] => [
      'responseTokens',
      '',
      id,
      '',
      '',
      confounders.responseTokens[i] ?? null,
      '',
    ]),
    ...Object.entries(correlations).flatMap(([kind, of]): Cell[][] =>
      of
        ? [
            ['pearsonToIou', kind, '', '', '', of.pearson, ''],
            ['spearmanToIou', kind, '', '', '', of.spearman, ''],
            ['mantelP', kind, '', '', '', of.mantel?.p ?? null, ''],
          ]
        : [],
    ),
  ];
}

const confoundersOf = ({
  promptOverlapToIou,
  promptLengthToIou,
}: SimilarityConfounders): Record<string, Correlations> => ({
  promptOverlap: promptOverlapToIou,
  promptLength: promptLengthToIou,
});

function pairs(
  measure: string,
  group: string,
  ids: readonly string[],
  values: RatioMatrix,
  floors: RatioMatrix,
): Cell[][] {
  return values.flatMap((row, a) =>
    row.flatMap((value, b) =>
      b > a ? [[measure, group, ids[a] ?? '', ids[b] ?? '', 2, value, floors[a]?.[b] ?? null]] : [],
    ),
  );
}

function curve(
  measure: string,
  ids: readonly string[],
  values: readonly Ratio[],
  floors: readonly Ratio[],
): Cell[][] {
  return values.map((value, n) => [measure, '', ids[0] ?? '', ids[n] ?? '', n + 1, value, floors[n] ?? null]);
}

function profile(measure: string, ids: readonly string[], groups: Record<string, GroupOverlap>): Cell[][] {
  return Object.entries(groups).flatMap(([key, { pairwise, randomPairwise }]) =>
    pairs(measure, key, ids, pairwise, randomPairwise),
  );
}
