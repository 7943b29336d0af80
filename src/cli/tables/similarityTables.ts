import type { SimilaritySource } from '../../core/similarity/similarityFile';
import type { Correlations, SimilarityOverlap } from '../../core/similarity/similarityOverlap';
import { plainText } from '../plainText';
import { ratioText } from './numberText';
import type { Table } from './table';

/** Likeness of the datasets' prompts, and how far IoU goes with it. None for one region. */
export function similarityTables(
  similarity: SimilarityOverlap | null,
  names: { readonly rows: readonly string[]; readonly columns: readonly string[] },
): Table[] {
  if (!similarity || names.rows.length < 2) return [];
  const { matrix, measure, sets, confounders } = similarity;
  const iou = measure === 'isoUtility' ? 'IoU outside the utility region' : 'IoU';
  const rows = [
    ...(['multi', 'single', 'all'] as const).flatMap((kind) => {
      const set = sets[kind];
      const label = kind === 'all' ? 'cosine, all sets' : `cosine, ${kind}-category sets`;
      return set ? [correlationRow(label, set.scatter.length, set)] : [];
    }),
    ...(
      [
        ['shared prompts (not cosine)', confounders.promptOverlapToIou],
        ['likeness of prompt length (not cosine)', confounders.promptLengthToIou],
      ] as const
    ).map(([label, of]) => correlationRow(label, (matrix.length * (matrix.length - 1)) / 2, of)),
  ];
  return [
    {
      title: `Cosine of the datasets' centroids, ${sourceText(similarity.source)}`,
      head: ['', ...names.columns],
      rows: matrix.map((row, a) => [names.rows[a] ?? '', ...row.map(ratioText)]),
    },
    {
      title: `${iou} (micro) against the likeness of the datasets`,
      head: ['likeness', 'pairs', 'Pearson', 'Spearman', 'Mantel p', 'relabellings'],
      rows,
      note: "Pairs share their datasets: the p-value is that of Mantel's test of Spearman's rho, two-sided.",
    },
    {
      title: 'Prompts of the datasets, as fed',
      head: ['', 'prompt tokens', 'response tokens', 'prompts shared with another set'],
      rows: names.rows.map((name, a) => [
        name,
        (confounders.promptTokens[a] ?? 0).toFixed(1),
        (confounders.responseTokens[a] ?? 0).toFixed(1),
        String(Math.max(0, ...(confounders.sharedPrompts[a] ?? []).filter((_, b) => b !== a))),
      ]),
    },
  ];
}

const correlationRow = (
  label: string,
  pairs: number,
  { pearson, spearman, mantel }: Correlations,
): string[] => [
  label,
  String(pairs),
  signed(pearson),
  signed(spearman),
  ratioText(mantel?.p ?? null),
  mantel && mantel.p !== null ? `${mantel.permutations}${mantel.exact ? ' (all)' : ''}` : '-',
];

const signed = (value: number | null): string => (value === null ? '-' : value.toFixed(3));

const sourceText = (source: SimilaritySource): string =>
  source.kind === 'encoder'
    ? `by the encoder ${plainText(source.name)}`
    : `by the studied model itself: mean of layer ${source.layer} of ${source.layers}`;
