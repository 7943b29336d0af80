import { isDeepStrictEqual } from 'node:util';
import type { MethodOverlap } from '../core/masks/overlapReport';
import type { SimilarDataset, SimilaritySource } from '../core/similarity/similarityFile';
import { similarityOverlap, type SimilarityOverlap } from '../core/similarity/similarityOverlap';
import type { RunDirectory } from './runDirectory';
import { regionId } from './runRegions';
import { readSimilarity } from './similarityFile';

/** Of the datasets behind the regions of some runs. */
export interface RunsSimilarity {
  /** By region id, as `overlapRuns` names them. */
  readonly datasets: ReadonlyMap<string, SimilarDataset>;
  readonly source: SimilaritySource;
}

/** null where a run has no report, or two runs were embedded by different models: their centroids do not compare. */
export async function similarityOfRuns(runs: readonly RunDirectory[]): Promise<RunsSimilarity | null> {
  const datasets = new Map<string, SimilarDataset>();
  let source: SimilaritySource | null = null;
  let width: number | undefined;
  for (const run of runs) {
    await run.verify((relative) => relative === 'reports/similarity.json');
    const own = await readSimilarity(run);
    if (own === null || (source !== null && !isDeepStrictEqual(source, own.source))) return null;
    source = own.source;
    width ??= own.datasets[0]?.centroid.length;
    if (own.datasets.some(({ centroid }) => centroid.length !== width)) return null;
    for (const dataset of own.datasets) {
      datasets.set(regionId(run, dataset.id, runs.length > 1), dataset);
    }
  }
  return source && { datasets, source };
}

/** Beside the IoU of one method: iso-utility where there is one, as in the paper's figures. */
export function methodSimilarity(
  { datasets, source }: RunsSimilarity,
  { regions, pairwise, isoUtility }: Pick<MethodOverlap, 'regions' | 'pairwise' | 'isoUtility'>,
): SimilarityOverlap | null {
  const ids = regions.map(({ id }) => id);
  const own = ids.flatMap((id) => datasets.get(id) ?? []);
  if (own.length !== ids.length) return null;
  return isoUtility
    ? similarityOverlap(source, own, ids, 'isoUtility', isoUtility.pairwise)
    : similarityOverlap(source, own, ids, 'pairwise', pairwise);
}
