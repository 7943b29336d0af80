/** The files of this workspace that may be datasets. What they hold is not read: `DatasetPreviews` does that, one by one. */
import { stat } from 'node:fs/promises';
import { cancelledError } from '../../protocol/errors';
import { DATASET_GLOB, datasetFiles } from '../experimentFile/pathSuggestions';
import type { ListFiles } from './workspaceFiles';

export interface FoundDataset {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
}

const MOST = 500;

/**
 * Files with a known ending, sorted by path; no configuration of models and programs, no experiments, no licences.
 * @throws ToolError cancelled; nothing else
 */
export async function findDatasets(listFiles: ListFiles, signal?: AbortSignal): Promise<FoundDataset[]> {
  const files = datasetFiles(await listFiles(DATASET_GLOB, signal))
    .sort()
    .slice(0, MOST);
  if (signal?.aborted) throw cancelledError();
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => [{ file, bytes: size }],
        // Gone meanwhile, or not to be read.
        () => [],
      ),
    ),
  );
  return found.flat();
}
