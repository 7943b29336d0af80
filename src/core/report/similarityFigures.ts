import type { SimilarityOverlap } from '../similarity/similarityOverlap';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { offDiagonal } from './methodFigures';
import { scatterChart, type ScatterGroup } from './scatterChart';

/** Likeness of the datasets, and IoU against it. */
export function similarityFigures(similarity: SimilarityOverlap | null, ids: readonly string[]): Figure[] {
  if (!similarity || ids.length < 2) return [];
  const { matrix, measure, sets, source } = similarity;
  const iou = measure === 'isoUtility' ? 'IoU outside the utility region' : 'IoU';
  const by =
    source.kind === 'encoder'
      ? `by the encoder ${source.name}`
      : `by the studied model itself, mean of layer ${source.layer} of ${source.layers}`;
  const groups = groupsOf(similarity);
  return [
    heatmap({
      title: "Cosine of the datasets' centroids",
      caption: `Embedded ${by}. Least ${numberText(Math.min(...offDiagonal(matrix)))}.`,
      rows: ids,
      columns: ids,
      values: matrix,
      top: 1,
      isSymmetric: true,
    }),
    scatterChart({
      title: `${iou} against the likeness of the datasets`,
      caption: (['multi', 'single', 'all'] as const)
        .flatMap((kind) => {
          const of = sets[kind];
          if (!of) return [];
          const label =
            kind === 'all'
              ? 'All sets'
              : `Sets of ${kind === 'multi' ? 'several categories' : 'one category'}`;
          return [`${label}: Spearman ${numberText(of.spearman)}, Mantel p ${numberText(of.mantel?.p)}.`];
        })
        .join(' '),
      xTitle: 'cosine of centroids',
      yTitle: iou,
      groups,
    }),
  ];
}

function groupsOf({ sets }: SimilarityOverlap): ScatterGroup[] {
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
    group('multi', 'both of several categories', 1, 'circle'),
    group('single', 'both of one category', 2, 'triangle'),
    group('other', 'one of each', 3, 'square'),
  ].filter(({ points: of }) => of.length > 0);
}
