import type { SimilarityOverlap } from '../similarity/similarityOverlap';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { offDiagonal } from './methodFigures';
import { scatterChart, type ScatterGroup } from './scatterChart';
import { english, type Translate } from './translate';

/** Likeness of the datasets, and IoU against it. */
export function similarityFigures(
  similarity: SimilarityOverlap | null,
  ids: readonly string[],
  t: Translate = english,
): Figure[] {
  if (!similarity || ids.length < 2) return [];
  const { matrix, measure, sets, source } = similarity;
  const iou = measure === 'isoUtility' ? t('IoU outside the utility region') : t('IoU');
  const by =
    source.kind === 'encoder'
      ? t('by the encoder {0}', source.name)
      : t('by the studied model itself, mean of layer {0} of {1}', source.layer, source.layers);
  const groups = groupsOf(similarity, t);
  return [
    heatmap(
      {
        title: t("Cosine of the datasets' centroids"),
        caption: t('Embedded {0}. Least {1}.', by, numberText(Math.min(...offDiagonal(matrix)))),
        rows: ids,
        columns: ids,
        values: matrix,
        top: 1,
        isSymmetric: true,
      },
      t,
    ),
    scatterChart(
      {
        title: t('{0} against the likeness of the datasets', iou),
        caption: (['multi', 'single', 'all'] as const)
          .flatMap((kind) => {
            const of = sets[kind];
            if (!of) return [];
            const label =
              kind === 'all'
                ? t('All sets')
                : kind === 'multi'
                  ? t('Sets of several categories')
                  : t('Sets of one category');
            return [`${label}: Spearman ${numberText(of.spearman)}, Mantel p ${numberText(of.mantel?.p)}.`];
          })
          .join(' '),
        xTitle: t('cosine of centroids'),
        yTitle: iou,
        groups,
      },
      t,
    ),
  ];
}

function groupsOf({ sets }: SimilarityOverlap, t: Translate): ScatterGroup[] {
  const isIn = (kind: 'multi' | 'single', id: string): boolean => sets[kind]?.ids.includes(id) ?? false;
  const kindOf = (a: string, b: string): string => {
    for (const kind of ['multi', 'single'] as const) if (isIn(kind, a) && isIn(kind, b)) return kind;
    return 'other';
  };
  const points = sets.all?.scatter ?? [];
  const group = (
    kind: string,
    label: string,
    colour: number,
    marker: ScatterGroup['marker'],
  ): ScatterGroup => ({
    label,
    colour,
    marker,
    points: points
      .filter(({ a, b }) => kindOf(a, b) === kind)
      .map(({ a, b, cosine, iou }) => ({ name: `${a}, ${b}`, x: cosine, y: iou })),
  });
  return [
    group('multi', t('both of several categories'), 1, 'circle'),
    group('single', t('both of one category'), 2, 'triangle'),
    group('other', t('one of each'), 3, 'square'),
  ].filter(({ points: of }) => of.length > 0);
}
