/** What the Overlap Explorer knows at once of several runs of one model, whose regions are in one table. Pure. */
import path from 'node:path';
import type { ExplorerMethod, ExplorerRun } from '../../protocol/explorer/overview';
import { runOverview, type OverviewInput } from './runOverview';

/** @param runs at least one */
export function comparedOverview(runs: readonly OverviewInput[]): ExplorerRun {
  const shown = runs.map(runOverview);
  const [first] = shown;
  if (!first) throw new Error('no runs to compare');
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
    notes: shown.flatMap(({ dir, notes }) => notes.map((note) => `${path.basename(dir)}: ${note}`)),
    datasets: shown.flatMap(({ dir, datasets }) =>
      datasets.map((dataset) => ({ ...dataset, id: `${path.basename(dir)}/${dataset.id}` })),
    ),
    methods: comparedMethods(shown),
    hasSimilarity: shown.every(({ hasSimilarity }) => hasSimilarity),
  };
}

/** Each is compared among the runs that have it. */
function comparedMethods(shown: readonly ExplorerRun[]): ExplorerMethod[] {
  const ids = [...new Set(shown.flatMap(({ methods }) => methods.map(({ id }) => id)))];
  return ids.flatMap((id) => {
    const having = shown.flatMap(({ dir, methods }) =>
      methods.filter((method) => method.id === id).map((method) => ({ run: path.basename(dir), method })),
    );
    const [first] = having;
    if (!first) return [];
    // Each run may have selected in its own way.
    const selections = new Set(having.map(({ method }) => method.selection).filter((text) => text !== ''));
    return [
      {
        ...first.method,
        selection: [...selections].join('; '),
        regions: having.flatMap(({ run, method }) =>
          method.regions.map((region) => ({ ...region, id: `${run}/${region.id}` })),
        ),
        hasUtility: having.every(({ method }) => method.hasUtility),
      },
    ];
  });
}
