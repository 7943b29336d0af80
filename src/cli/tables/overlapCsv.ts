import type {
  GroupOverlap,
  MethodOverlap,
  OverlapReport,
  Ratio,
  RatioMatrix,
} from '../../core/masks/overlapReport';

const HEAD = ['method', 'measure', 'group', 'a', 'b', 'n', 'value', 'random'];

type Cell = string | number | null;

/**
 * Long format (RFC 4180): one number a line with its random floor beside it; undefined ratios are empty. Pairs appear
 * once. `a` and `b` of an n-way IoU are the first and the last region that were joined.
 */
export function overlapCsv(report: OverlapReport): string {
  const lines: Cell[][] = [HEAD];
  for (const [method, overlap] of Object.entries(report.methods)) {
    for (const row of methodRows(overlap)) lines.push([method, ...row]);
  }
  return lines.map((line) => line.map(field).join(',')).join('\n');
}

/** measure, group, a, b, n, value, random */
function methodRows(overlap: MethodOverlap): Cell[][] {
  const ids = overlap.regions.map(({ id }) => id);
  const { baselines, isoUtility, utility } = overlap;
  const single = (measure: string, id: string, value: Cell): Cell[] => [measure, '', id, '', '', value, ''];
  const rows = [single('universe', '', overlap.universe)];
  for (const { id, size, density, isolatedSize } of overlap.regions) {
    rows.push(single('size', id, size), single('density', id, density));
    if (utility) rows.push(single('isolatedSize', id, isolatedSize));
  }
  if (utility) rows.push(single('utilitySize', utility.id, utility.size));
  rows.push(
    ...pairs('iou', '', ids, overlap.pairwise, baselines.randomPairwise),
    ...pairs('iouMacro', '', ids, overlap.pairwiseMacro, baselines.randomPairwiseMacro),
    ...curve('forward', ids, overlap.forward, baselines.randomForward),
    ...curve('backward', ids.toReversed(), overlap.backward, baselines.randomBackward),
  );
  if (isoUtility && baselines.isoUtility) {
    const floors = baselines.isoUtility;
    rows.push(
      ...pairs('isoIou', '', ids, isoUtility.pairwise, floors.randomPairwise),
      ...pairs('isoIouMacro', '', ids, isoUtility.pairwiseMacro, floors.randomPairwiseMacro),
      ...curve('isoForward', ids, isoUtility.forward, floors.randomForward),
      ...curve('isoBackward', ids.toReversed(), isoUtility.backward, floors.randomBackward),
    );
  }
  rows.push(
    ...profile('iouByLayer', ids, overlap.byLayer),
    ...profile('iouByModule', ids, overlap.byModule),
    ...pairs('dice', '', ids, overlap.dice, baselines.randomDice),
    ...pairs('overlapCoefficient', '', ids, overlap.overlapCoefficient, baselines.randomOverlapCoefficient),
  );
  return rows;
}

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

function field(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
