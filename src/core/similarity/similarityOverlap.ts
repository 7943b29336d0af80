/** Do datasets that are alike give regions that are alike? The paper's figures 2 and 3, with what may explain them. */
import { pearson, spearman } from '../stats/correlation';
import { mantelTest, type MantelTest } from '../stats/mantel';
import { cosineMatrix, promptOverlap } from './centroids';
import type { SimilarDataset, SimilaritySource } from './similarityFile';

type Ratio = number | null;

export const SIMILARITY_TEST = { method: 'spearman', permutations: 9999, seed: 0 } as const;

export interface SimilarityOverlap {
  source: SimilaritySource;
  /** IoU that is compared with: after the utility region was taken out, or plain where there is none. */
  measure: 'isoUtility' | 'pairwise';
  /** Between centroids, in the order of `regions`. */
  matrix: Ratio[][];
  /** Sets of several categories, of one, and all; null where there are fewer than two. */
  sets: { multi: SimilaritySets | null; single: SimilaritySets | null; all: SimilaritySets | null };
  confounders: SimilarityConfounders;
}

export interface SimilaritySets extends Correlations {
  ids: string[];
  cosine: Ratio[][];
  iou: Ratio[][];
  /** One point a pair; pairs without a figure are left out. */
  scatter: { a: string; b: string; cosine: number; iou: number }[];
}

export interface Correlations {
  pearson: number | null;
  spearman: number | null;
  /** Of Spearman's rho: the pairs share their datasets, so that a plain p-value would not hold. */
  mantel: MantelTest | null;
}

export interface SimilarityConfounders {
  /** Mean tokens fed, in the order of `regions`. */
  promptTokens: number[];
  responseTokens: number[];
  sharedPrompts: number[][];
  promptOverlap: Ratio[][];
  /** The same correlations with IoU, of what is not meaning: shared prompts, and likeness of length. */
  promptOverlapToIou: Correlations;
  /** Likeness is the negative difference of mean prompt tokens. */
  promptLengthToIou: Correlations;
  /** Of the prompt overlap with the cosine: shared prompts make centroids alike. */
  promptOverlapToCosine: Correlations;
}

/**
 * @param datasets one a region, in its order
 * @param ids of the regions
 * @param iou symmetric, in the same order
 */
export function similarityOverlap(
  source: SimilaritySource,
  datasets: readonly SimilarDataset[],
  ids: readonly string[],
  measure: SimilarityOverlap['measure'],
  iou: readonly (readonly Ratio[])[],
): SimilarityOverlap {
  const matrix = cosineMatrix(datasets.map(({ centroid }) => centroid));
  const overlap = promptOverlap(datasets.map(({ promptHashes }) => promptHashes));
  const lengths = datasets.map(({ promptTokens }) => promptTokens);
  const likeness = lengths.map((a) => lengths.map((b) => -Math.abs(a - b)));
  const sets = (isIn: (dataset: SimilarDataset) => boolean): SimilaritySets | null => {
    const chosen = datasets.flatMap((dataset, i) => (isIn(dataset) ? [i] : []));
    if (chosen.length < 2) return null;
    const part = (full: readonly (readonly Ratio[])[]): Ratio[][] =>
      chosen.map((i) => chosen.map((j) => full[i]?.[j] ?? null));
    const names = chosen.map((i) => ids[i] ?? '');
    const [x, y] = [part(matrix), part(iou)];
    return {
      ids: names,
      cosine: x,
      iou: y,
      scatter: bothPairs(x, y).map(([i, j, cosine, own]) => ({
        a: names[i] ?? '',
        b: names[j] ?? '',
        cosine,
        iou: own,
      })),
      ...correlations(x, y),
    };
  };
  return {
    source,
    measure,
    matrix,
    sets: {
      multi: sets(({ kind }) => kind === 'multi'),
      single: sets(({ kind }) => kind === 'single'),
      all: sets(() => true),
    },
    confounders: {
      promptTokens: lengths,
      responseTokens: datasets.map(({ responseTokens }) => responseTokens),
      sharedPrompts: overlap.shared,
      promptOverlap: overlap.jaccard,
      promptOverlapToIou: correlations(overlap.jaccard, iou),
      promptLengthToIou: correlations(likeness, iou),
      promptOverlapToCosine: correlations(overlap.jaccard, matrix),
    },
  };
}

type Pair = readonly [i: number, j: number, x: number, y: number];

/** Above the diagonal, where both matrices have a figure. */
function bothPairs(x: readonly (readonly Ratio[])[], y: readonly (readonly Ratio[])[]): Pair[] {
  const pairs: Pair[] = [];
  x.forEach((row, i) => {
    for (let j = i + 1; j < row.length; j++) {
      const [a, b] = [row[j] ?? null, y[i]?.[j] ?? null];
      if (a !== null && b !== null) pairs.push([i, j, a, b]);
    }
  });
  return pairs;
}

function correlations(x: readonly (readonly Ratio[])[], y: readonly (readonly Ratio[])[]): Correlations {
  const pairs = bothPairs(x, y);
  const [a, b] = [pairs.map(([, , value]) => value), pairs.map(([, , , value]) => value)];
  // A relabelling moves whole rows: it needs every pair.
  const isWhole = pairs.length === (x.length * (x.length - 1)) / 2;
  const whole = (matrix: readonly (readonly Ratio[])[]): number[][] =>
    matrix.map((row) => row.map((value) => value ?? 0));
  return {
    pearson: pearson(a, b),
    spearman: spearman(a, b),
    mantel: isWhole ? mantelTest(whole(x), whole(y), SIMILARITY_TEST) : null,
  };
}
