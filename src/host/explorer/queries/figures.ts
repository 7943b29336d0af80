/** Figures of the reports, on their way to the page. */
import type { ConvergingCurves, MethodOverlap } from '../../../core/masks/overlapReport';
import type { Cell, Figure } from '../../../core/report/figure';
import { floorFigures as floorsOf } from '../../../core/report/floorFigures';
import { heatmap } from '../../../core/report/heatmap';
import { convergenceFigures as curvesOf } from '../../../core/report/methodFigures';
import { pairTable } from '../../../core/report/pairTable';
import { similarityFigures as similarityOf } from '../../../core/report/similarityFigures';
import type { Correlations } from '../../../core/similarity/similarityOverlap';
import type { SentFigures } from '../../../protocol/explorer/figures';
import type { QueryHandler } from './queryHandler';

type SentTable = SentFigures['tables'][number];
type Sent = Awaited<ReturnType<QueryHandler<'floorFigures'>>>;

export const convergenceFigures: QueryHandler<'convergenceFigures'> = async (
  { method },
  { runs, signal },
) => {
  const { convergence, ...overlap } = await runs.overlap(method, signal);
  return sent(curvesOf({ ...overlap, convergence }), [
    fitTable('', convergence, convergence),
    ...(convergence.isoUtility
      ? [fitTable(' outside the utility region', convergence.isoUtility, convergence)]
      : []),
  ]);
};

export const floorFigures: QueryHandler<'floorFigures'> = async ({ method }, { runs, signal }) => {
  const overlap = await runs.overlap(method, signal);
  const { positionFloor } = overlap.baselines;
  return sent(floorsOf(overlap), [
    {
      title: 'IoU of every pair, its floors and its ceiling',
      caption:
        positionFloor === null
          ? 'What was not measured is left empty: parts of the samples are kept with "replicates" in the experiment.'
          : `Position: 0 at the floor (${positionFloor}), 1 at the ceiling, not clamped; low and high bound it at 95 %.`,
      table: pairTable(overlap),
    },
  ]);
};

export const similarityFigures: QueryHandler<'similarityFigures'> = async ({ method }, { runs, signal }) => {
  const { similarity, regions } = await runs.overlap(method, signal);
  if (!similarity) return sent([], []);
  const ids = regions.map(({ id }) => id);
  const [centroids, ...scatters] = similarityOf(similarity, ids);
  return sent(
    [...(centroids ? [centroids] : []), ...iouBeside(similarity, regions), ...scatters],
    [correlationTable(similarity)],
  );
};

/** The matrix that the likeness is compared with. */
function iouBeside(
  { sets, measure }: NonNullable<MethodOverlap['similarity']>,
  regions: MethodOverlap['regions'],
): Figure[] {
  if (!sets.all) return [];
  const ids = regions.map(({ id }) => id);
  return [
    heatmap({
      title: measure === 'isoUtility' ? 'IoU outside the utility region' : 'IoU',
      caption: 'Of the regions, in the same order as the datasets beside it.',
      rows: ids,
      columns: ids,
      values: sets.all.iou,
      top: 1,
      isSymmetric: true,
    }),
  ];
}

function correlationTable({ sets, confounders }: NonNullable<MethodOverlap['similarity']>): SentTable {
  const row = (name: string, of: Correlations | null): Cell[][] =>
    of ? [[name, of.pearson, of.spearman, of.mantel?.p ?? null]] : [];
  return {
    title: 'Correlations with the IoU',
    caption:
      "Mantel's test of Spearman's rho: pairs share their datasets, so that a plain p-value would not hold. Prompts in common and likeness of length are what may explain a correlation without meaning.",
    table: {
      head: ['of', 'Pearson', 'Spearman', 'Mantel p'],
      rows: [
        ...row('centroids, all sets', sets.all),
        ...row('centroids, sets of several categories', sets.multi),
        ...row('centroids, sets of one category', sets.single),
        ...row('prompts in common', confounders.promptOverlapToIou),
        ...row('likeness of prompt length', confounders.promptLengthToIou),
        ...row('prompts in common, with the centroids', confounders.promptOverlapToCosine),
      ].map((cells) => [...cells]),
    },
  };
}

function fitTable(
  where: string,
  curves: ConvergingCurves,
  { form, criterion }: MethodOverlap['convergence'],
): SentTable {
  const kinds = [
    ['forward', curves.forward],
    ['backward', curves.backward],
    ['all orders', curves.allOrders],
    ['common share, all orders', curves.common],
  ] as const;
  return {
    title: `Whether the curves settle${where}`,
    caption: `${form} ${criterion}`,
    table: {
      head: ['curve', 'state', 'plateau', 'rate', 'rmse', 'last step', 'plateau by chance'],
      rows: kinds.map(([name, { fit, randomFit }]) => [
        name,
        fit?.state ?? '-',
        fit?.plateau ?? null,
        fit?.rate ?? null,
        fit?.rmse ?? null,
        fit?.lastStep ?? null,
        randomFit?.plateau ?? null,
      ]),
    },
  };
}

/** A picture is made again where it is shown: what it was made of goes there. */
const sent = (figures: readonly Figure[], tables: readonly SentTable[]): Sent => ({
  figures: figures.flatMap(({ plot, table }) => (plot ? [{ plot, table }] : [])),
  tables,
});
