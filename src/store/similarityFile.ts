import { SIMILARITY_VERSION, similaritySchema, type SimilarityFile } from '../core/similarity/similarityFile';
import { exists } from './exists';
import type { RunDirectory } from './runDirectory';
import { readVersionedJson } from './versionedJson';

export const similarityPath = (run: Pick<RunDirectory, 'file'>): string =>
  run.file('reports', 'similarity.json');

/** null where the run has none. @throws input errors `run-damaged`, `run-unreadable` */
export async function readSimilarity(run: Pick<RunDirectory, 'file'>): Promise<SimilarityFile | null> {
  const file = similarityPath(run);
  return (await exists(file)) ? readVersionedJson(file, similaritySchema, SIMILARITY_VERSION) : null;
}
