/** Which regions there are to look at, and what a choice of them means. */
import type { MaskChoice } from '../../../../src/protocol/explorer/maskQuery';
import type { ExplorerMethod, ExplorerRun } from '../../../../src/protocol/explorer/overview';
import type { StoredRegion } from '../../../../src/core/model/parameterSnippets';
import type { MaskMemory } from './maskMemory';

export interface MaskRegions {
  /** Identification regions; LABEL/ID where several runs are compared. */
  readonly ids: readonly string[];
  /** Those of the utility datasets of the same runs. */
  readonly utility: readonly string[];
}

export function maskRegions(run: ExplorerRun, method: ExplorerMethod): MaskRegions {
  const ids = method.regions.map(({ id }) => id);
  const runOf = (id: string): string => id.slice(0, id.lastIndexOf('/') + 1);
  const runs = new Set(ids.map(runOf));
  const utility = method.hasUtility
    ? run.datasets.filter(({ id, role }) => role === 'utility' && runs.has(runOf(id))).map(({ id }) => id)
    : [];
  return { ids, utility };
}

/** @param isOutside takes the utility regions out too; a utility region that is looked at itself stays */
export function maskChoice(
  method: string,
  { ids, utility }: MaskRegions,
  { region, without }: Pick<MaskMemory, 'region' | 'without'>,
  isOutside: boolean,
): MaskChoice {
  const keep = region === null ? [...ids] : [region];
  const removed = [...(without === null ? [] : [without]), ...(isOutside ? utility : [])];
  return { method, keep, without: [...new Set(removed)].filter((id) => !keep.includes(id)) };
}

/** Where the region of an id is stored. */
export function storedRegion(run: ExplorerRun, method: string, id: string): StoredRegion {
  const dirs = [run.dir, ...(run.comparedWith ?? [])];
  const split = id.lastIndexOf('/');
  const place = run.labels?.findIndex(({ label }) => label === id.slice(0, split)) ?? 0;
  const runDir = dirs[place] ?? run.dir;
  return { runDir, method, dataset: id.slice(split + 1) };
}
