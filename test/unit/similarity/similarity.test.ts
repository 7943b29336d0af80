import { describe, expect, it } from 'vitest';
import {
  centroid,
  cosine,
  cosineMatrix,
  normalisedPrompt,
  promptOverlap,
} from '../../../src/core/similarity/centroids';
import type { SimilarDataset } from '../../../src/core/similarity/similarityFile';
import { similarityOverlap } from '../../../src/core/similarity/similarityOverlap';

describe('centroids', () => {
  it('T48: embeddings are brought to length 1 before they are averaged', () => {
    const other = [1, 0];
    const raw = [10 / 2, 1 / 2];
    expect(cosine(raw, other)).toBeCloseTo(0.995037, 6);
    const mean = centroid([
      [10, 0],
      [0, 1],
    ]);
    expect([...mean]).toEqual([0.5, 0.5]);
    expect(cosine(mean, other)).toBeCloseTo(0.707107, 6);
  });

  it('have no cosine where they have no direction', () => {
    expect(
      cosineMatrix([
        [0, 0],
        [1, 2],
      ]),
    ).toEqual([
      [null, null],
      [null, 1],
    ]);
    expect(() => centroid([])).toThrow(RangeError);
    expect(() => cosine([1], [1, 2])).toThrow(RangeError);
  });
});

describe('promptOverlap', () => {
  it('counts different prompts, whatever their case and spacing', () => {
    const sets = [['How to  knit?', 'how to knit? ', 'B'], ['HOW TO KNIT?', 'C', 'D'], []];
    const { shared, jaccard } = promptOverlap(sets.map((set) => set.map(normalisedPrompt)));
    expect(shared).toEqual([
      [2, 1, 0],
      [1, 3, 0],
      [0, 0, 0],
    ]);
    expect(jaccard).toEqual([
      [1, 0.25, 0],
      [0.25, 1, 0],
      [0, 0, 0],
    ]);
  });
});

const SOURCE = { kind: 'model', name: 'tiny', layer: 1, layers: 2, pooling: 'mean', files: {} } as const;
const dataset = (id: string, kind: SimilarDataset['kind'], angle: number): SimilarDataset => ({
  id,
  role: 'identification',
  kind,
  samples: 1,
  cut: 0,
  promptTokens: 10 + angle,
  responseTokens: 5,
  centroid: [Math.cos(angle), Math.sin(angle)],
  promptHashes: [id],
});

describe('similarityOverlap', () => {
  const datasets = [
    dataset('M1', 'multi', 0),
    dataset('S1', 'single', 0.1),
    dataset('S2', 'single', 0.3),
    dataset('S3', 'single', 0.7),
    dataset('S4', 'single', 1.5),
  ];
  const ids = datasets.map(({ id }) => id);
  // IoU falls with the angle between the sets: the order of pairs is that of their cosines.
  const iou = datasets.map(({ promptTokens: a }) =>
    datasets.map(({ promptTokens: b }) => 1 - Math.abs(a - b) / 2),
  );

  it('puts centroids beside IoU, by kind of set', () => {
    const similarity = similarityOverlap(SOURCE, datasets, ids, 'isoUtility', iou);
    expect(similarity.matrix[0]?.[2]).toBeCloseTo(Math.cos(0.3), 12);
    expect(similarity.sets.multi).toBeNull();
    const { single, all } = similarity.sets;
    expect(single?.ids).toEqual(['S1', 'S2', 'S3', 'S4']);
    expect(single?.scatter).toHaveLength(6);
    expect(single?.scatter[0]).toMatchObject({ a: 'S1', b: 'S2' });
    expect(single?.spearman).toBe(1);
    expect(all?.scatter).toHaveLength(10);
    // All 4! relabellings; those that keep every distance apart from rounding: the identity alone.
    expect(single?.mantel).toMatchObject({ r: 1, p: 1 / 24, permutations: 24, exact: true });
  });

  it('gives the confounders beside it', () => {
    const { confounders } = similarityOverlap(SOURCE, datasets, ids, 'pairwise', iou);
    expect(confounders.promptTokens[4]).toBe(11.5);
    expect(confounders.promptLengthToIou.spearman).toBe(1);
    // No set shares a prompt: nothing to correlate with.
    expect(confounders.promptOverlapToIou).toMatchObject({ pearson: null, spearman: null });
  });

  it('leaves out pairs without an IoU, and then tests nothing', () => {
    const holes = iou.map((row, i) => row.map((value, j) => (i + j === 1 ? null : value)));
    const { all } = similarityOverlap(SOURCE, datasets, ids, 'isoUtility', holes).sets;
    expect(all?.scatter).toHaveLength(9);
    expect(all?.mantel).toBeNull();
    expect(all?.spearman).toBe(1);
  });
});
