/** What the Overlap Explorer shows of several runs of one model: their regions in one table. Pure. */
import path from 'node:path';
import type { OverlapReport } from '../core/masks/overlapReport';
import type { Manifest } from '../core/run/manifest';
import type { Summary } from '../core/run/summary';
import type { ExplorerRun } from '../protocol/explorer';
import { explorerRun } from './explorerModel';

export interface ComparedRun {
  /** Absolute. */
  readonly dir: string;
  readonly manifest: Manifest;
  readonly summary: Summary;
}

/**
 * @param runs at least one, in the order of `report`
 * @param report of all of them: ids of regions are RUN/ID
 */
export function comparedRuns(runs: readonly ComparedRun[], report: OverlapReport): ExplorerRun {
  const shown = runs.map(({ dir, manifest, summary }) => explorerRun(dir, manifest, summary, report));
  const [first] = shown;
  if (!first) throw new Error('no runs to compare');
  const methods = first.methods.map((method) => {
    // Each run may have selected in its own way.
    const selections = new Set(
      shown.map((run) => run.methods.find(({ id }) => id === method.id)?.selection ?? ''),
    );
    selections.delete('');
    return { ...method, selection: [...selections].join('; ') };
  });
  return {
    dir: first.dir,
    comparedWith: runs.slice(1).map(({ dir }) => dir),
    name: [...new Set(shown.map(({ name }) => name))].join(', '),
    model: first.model,
    startedAt: '',
    facts: [
      { label: 'Runs compared', value: String(runs.length) },
      ...first.facts.filter(({ label }) => ['Parameters', 'Architecture'].includes(label)),
    ],
    notes: [
      ...report.leftOut.map(({ method, reason }) => `${method}: ${reason}`),
      ...shown.flatMap(({ dir, notes }) => notes.map((note) => `${path.basename(dir)}: ${note}`)),
    ],
    datasets: shown.flatMap(({ dir, datasets }) =>
      datasets.map((dataset) => ({ ...dataset, id: `${path.basename(dir)}/${dataset.id}` })),
    ),
    methods,
  };
}
