import type { GroupOverlap, MethodOverlap, Ratio, RatioMatrix } from '../masks/overlapReport';
import type { PlateauFit } from '../stats/plateauFit';
import { columnChart, type Column } from './columnChart';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { lineChart, type Series } from './lineChart';
import { roundedUp } from './plotFrame';
import { english, type Translate } from './translate';

export const offDiagonal = (matrix: RatioMatrix): number[] =>
  matrix.flatMap((row, a) => row.slice(0, a).filter((value) => value !== null));

export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value of the strongest colour for the IoU of pairs. */
export const pairScale = (...matrices: readonly RatioMatrix[]): number =>
  roundedUp(Math.max(0, ...matrices.flatMap(offDiagonal)));

/** The figures of one method: matrices, n-way curves, profiles. */
export function methodFigures(overlap: MethodOverlap): Figure[] {
  return [
    ...(overlap.regions.length > 1 ? [...matrices(overlap), ...convergenceFigures(overlap)] : []),
    ...profiles(overlap),
    ...heads(overlap),
  ];
}

function matrices({ regions, pairwise, isoUtility, baselines, utility }: MethodOverlap): Figure[] {
  const ids = regions.map(({ id }) => id);
  // One scale for both, so that their colours compare.
  const top = pairScale(pairwise, isoUtility?.pairwise ?? []);
  const shown = [
    { title: 'IoU of every pair', values: pairwise, floors: baselines.randomPairwise },
    ...(isoUtility && baselines.isoUtility
      ? [
          {
            title: `IoU outside the utility region${utility ? ` (${utility.id})` : ''}`,
            values: isoUtility.pairwise,
            floors: baselines.isoUtility.randomPairwise,
          },
        ]
      : []),
  ];
  return shown.map(({ title, values, floors }) =>
    heatmap({
      title,
      caption: `Mean over pairs ${numberText(meanOf(offDiagonal(values)))}. ${floorText(floors)}`,
      rows: ids,
      columns: ids,
      values,
      top,
      floor: meanOf(offDiagonal(floors)),
      isSymmetric: true,
    }),
  );
}

function floorText(floors: RatioMatrix): string {
  const values = offDiagonal(floors);
  if (values.length === 0) return 'What chance gives is undefined.';
  const [low, high] = [numberText(Math.min(...values)), numberText(Math.max(...values))];
  return low === high
    ? `Chance, at these sizes: ${low} for every pair.`
    : `Chance, at these sizes: ${low} to ${high}.`;
}

export function convergenceFigures(
  { convergence, regions }: Pick<MethodOverlap, 'convergence' | 'regions'>,
  t: Translate = english,
): Figure[] {
  const shown = [
    { title: t('n-way IoU'), of: convergence },
    ...(convergence.isoUtility
      ? [{ title: t('n-way IoU outside the utility region'), of: convergence.isoUtility }]
      : []),
  ];
  const x = regions.map((_, n) => String(n + 1));
  return shown.map(({ title, of: { forward, backward, allOrders, common } }) => {
    const series: Series[] = [
      { label: t('forward'), values: forward.curve, colour: 1, marker: 'circle' },
      { label: t('backward'), values: backward.curve, colour: 2, marker: 'triangle' },
      { label: t('all orders'), values: allOrders.curve, colour: 3, marker: 'square' },
      { label: t('common share, all orders'), values: common.curve, colour: 4 },
      { label: t('chance, forward'), values: forward.random, colour: 1, isFloor: true },
      { label: t('chance, backward'), values: backward.random, colour: 2, isFloor: true },
      { label: t('chance, all orders'), values: allOrders.random, colour: 3, isFloor: true },
    ];
    const { fit } = allOrders;
    const last = allOrders.curve.at(-1) ?? null;
    return lineChart({
      title,
      caption:
        t(
          'Of all {0}: {1}, by chance {2}.',
          regions.length,
          numberText(last),
          numberText(allOrders.random.at(-1)),
        ) + ` ${settledText(fit, t)} ${t('Common share: of a region, what n regions have in common.')}`,
      x,
      xTitle: t('regions (n)'),
      yTitle: t('n-way IoU (log)'),
      series,
      levels:
        fit?.state !== 'settled'
          ? []
          : [{ label: t('plateau of all orders'), value: fit.plateau, colour: 3 }],
      isLog: true,
    });
  });
}

function settledText(fit: PlateauFit | null, t: Translate): string {
  if (fit === null) return t('Too few regions for a plateau.');
  const plateau = numberText(fit.plateau);
  switch (fit.state) {
    case 'settled':
      return t('All orders together have settled, at {0}.', plateau);
    case 'falling':
      return t('All orders together are still falling; a plateau would be at most {0}.', plateau);
    case 'vanished':
      return t('Nothing is common to all regions.');
    case 'unclear':
      return t('Too few regions to say whether it settles; fitted plateau {0}.', plateau);
  }
}

function profiles({ byLayer, byModule, regions }: MethodOverlap): Figure[] {
  if (regions.length < 2) return [];
  return (
    [
      ['IoU by layer', 'layer', byLayer],
      ['IoU by module', 'module', byModule],
    ] as const
  ).flatMap(([title, xTitle, groups]) => {
    const columns = Object.entries(groups).map(([label, group]) => columnOf(label, group));
    if (columns.length < 2) return [];
    return [
      columnChart({
        title,
        caption:
          'Mean over pairs; counts within the group. The mark across a column is what chance gives there.',
        xTitle,
        yTitle: 'IoU',
        columns,
      }),
    ];
  });
}

function columnOf(label: string, { pairwise, randomPairwise }: GroupOverlap): Column {
  const values = offDiagonal(pairwise);
  return {
    label: label.replace(/_proj$/, ''),
    value: meanOf(values),
    floor: meanOf(offDiagonal(randomPairwise)),
    range: values.length === 0 ? null : [Math.min(...values), Math.max(...values)],
  };
}

/** One matrix of layers and heads for each of q, k, v, o. */
function heads({ byHead, regions }: MethodOverlap): Figure[] {
  if (regions.length < 2) return [];
  const layers = Object.entries(byHead);
  const kinds = [...new Set(layers.flatMap(([, modules]) => Object.keys(modules)))];
  const meanAt = (group: GroupOverlap | undefined): Ratio => meanOf(offDiagonal(group?.pairwise ?? []));
  const all = layers.flatMap(([, modules]) =>
    Object.values(modules).flatMap((of) => Object.values(of).map(meanAt)),
  );
  const top = roundedUp(Math.max(0, ...all.filter((value) => value !== null)));
  return kinds.map((kind) => {
    const count = Math.max(0, ...layers.map(([, modules]) => Object.keys(modules[kind] ?? {}).length));
    const columns = Array.from({ length: count }, (_, head) => String(head));
    return heatmap({
      title: `IoU by attention head, ${kind}`,
      caption: `Mean over pairs; rows are layers, columns heads${kind === 'k' || kind === 'v' ? ' of keys and values' : ''}.`,
      rows: layers.map(([layer]) => `layer ${layer}`),
      columns,
      values: layers.map(([, modules]) => columns.map((head) => meanAt(modules[kind]?.[head]))),
      top,
    });
  });
}
