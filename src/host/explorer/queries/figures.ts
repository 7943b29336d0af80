/** Figures of the reports, on their way to the page. */
import type { ConvergingCurves, MethodOverlap } from '../../../core/masks/overlapReport';
import type { Cell, Figure } from '../../../core/report/figure';
import { floorFigures as floorsOf, floorText } from '../../../core/report/floorFigures';
import { heatmap } from '../../../core/report/heatmap';
import { convergenceFigures as curvesOf } from '../../../core/report/methodFigures';
import { pairTable } from '../../../core/report/pairTable';
import { similarityFigures as similarityOf } from '../../../core/report/similarityFigures';
import { english, type Translate } from '../../../core/report/translate';
import type { Correlations } from '../../../core/similarity/similarityOverlap';
import type { SentFigures } from '../../../protocol/explorer/figures';
import type { QueryHandler } from './queryHandler';

/** In whose language figures are. */
interface Words {
  readonly t: Translate;
}

type SentTable = SentFigures['tables'][number];
type Sent = Awaited<ReturnType<QueryHandler<'floorFigures'>>>;

export const convergenceFigures: QueryHandler<'convergenceFigures'> = async (
  { method },
  { runs, signal, l10n = { t: english } },
) => {
  const { convergence, ...overlap } = await runs.overlap(method, signal);
  return sent(curvesOf({ ...overlap, convergence }, l10n.t), [
    fitTable(l10n.t('Whether the curves settle'), convergence, convergence, l10n),
    ...(convergence.isoUtility
      ? [
          fitTable(
            l10n.t('Whether the curves settle outside the utility region'),
            convergence.isoUtility,
            convergence,
            l10n,
          ),
        ]
      : []),
  ]);
};

export const floorFigures: QueryHandler<'floorFigures'> = async (
  { method },
  { runs, signal, l10n = { t: english } },
) => {
  const overlap = await runs.overlap(method, signal);
  const { positionFloor } = overlap.baselines;
  return sent(floorsOf(overlap, l10n.t), [
    {
      title: l10n.t('IoU of every pair, its floors and its ceiling'),
      caption:
        positionFloor === null
          ? l10n.t(
              'What was not measured is left empty: parts of the samples are kept with "replicates" in the experiment.',
            )
          : l10n.t(
              'Position: 0 at the floor ({0}), 1 at the ceiling, not clamped; low and high bound it at 95 %.',
              floorText(positionFloor, l10n.t),
            ),
      table: pairTable(overlap, l10n.t),
    },
  ]);
};

export const similarityFigures: QueryHandler<'similarityFigures'> = async (
  { method },
  { runs, signal, l10n = { t: english } },
) => {
  const { similarity, regions } = await runs.overlap(method, signal);
  if (!similarity) return sent([], []);
  const ids = regions.map(({ id }) => id);
  const [centroids, ...scatters] = similarityOf(similarity, ids, l10n.t);
  return sent(
    [...(centroids ? [centroids] : []), ...iouBeside(similarity, regions, l10n), ...scatters],
    [correlationTable(similarity, l10n)],
  );
};

/** The matrix that the likeness is compared with. */
function iouBeside(
  { sets, measure }: NonNullable<MethodOverlap['similarity']>,
  regions: MethodOverlap['regions'],
  l10n: Words,
): Figure[] {
  if (!sets.all) return [];
  const ids = regions.map(({ id }) => id);
  return [
    heatmap(
      {
        title: measure === 'isoUtility' ? l10n.t('IoU outside the utility region') : l10n.t('IoU'),
        caption: l10n.t('Of the regions, in the same order as the datasets beside it.'),
        rows: ids,
        columns: ids,
        values: sets.all.iou,
        top: 1,
        isSymmetric: true,
      },
      l10n.t,
    ),
  ];
}

function correlationTable(
  { sets, confounders }: NonNullable<MethodOverlap['similarity']>,
  l10n: Words,
): SentTable {
  const row = (name: string, of: Correlations | null): Cell[][] =>
    of ? [[name, of.pearson, of.spearman, of.mantel?.p ?? null]] : [];
  return {
    title: l10n.t('Correlations with the IoU'),
    caption: l10n.t(
      "Mantel's test of Spearman's rho: pairs share their datasets, so that a plain p-value would not hold. Prompts in common and likeness of length are what may explain a correlation without meaning.",
    ),
    table: {
      head: [l10n.t('of'), 'Pearson', 'Spearman', 'Mantel p'],
      rows: [
        ...row(l10n.t('centroids, all sets'), sets.all),
        ...row(l10n.t('centroids, sets of several categories'), sets.multi),
        ...row(l10n.t('centroids, sets of one category'), sets.single),
        ...row(l10n.t('prompts in common'), confounders.promptOverlapToIou),
        ...row(l10n.t('likeness of prompt length'), confounders.promptLengthToIou),
        ...row(l10n.t('prompts in common, with the centroids'), confounders.promptOverlapToCosine),
      ].map((cells) => [...cells]),
    },
  };
}

function fitTable(
  title: string,
  curves: ConvergingCurves,
  { form, criterion }: MethodOverlap['convergence'],
  l10n: Words,
): SentTable {
  const kinds = [
    [l10n.t('forward'), curves.forward],
    [l10n.t('backward'), curves.backward],
    [l10n.t('all orders'), curves.allOrders],
    [l10n.t('common share, all orders'), curves.common],
  ] as const;
  return {
    title,
    caption: `${form}; ${criterion}.`,
    table: {
      head: [
        ...[l10n.t('curve'), l10n.t('state'), l10n.t('plateau'), l10n.t('rate'), l10n.t('rmse')],
        ...[l10n.t('last step'), l10n.t('plateau by chance')],
      ],
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
  figures: figures.map(({ plot, table }) => ({ plot, table })),
  tables,
});
