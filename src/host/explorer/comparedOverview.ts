/** What the Overlap Explorer knows at once of several runs of one model, whose regions are in one table. Pure. */
import path from 'node:path';
import { runLabels } from '../../core/report/runLabels';
import { english, type Translate } from '../../core/report/translate';
import type { ExplorerMethod, ExplorerRun } from '../../protocol/explorer/overview';
import { runOverview, type OverviewInput } from './runOverview';

/** @param runs at least one */
export function comparedOverview(runs: readonly OverviewInput[], t: Translate = english): ExplorerRun {
  const labels = runLabels(
    runs.map(({ dir, manifest }) => ({ folder: path.basename(dir), startedAt: manifest.createdAt })),
  );
  const shown = runs.map((run, place) => ({ ...runOverview(run, t), label: labels[place]?.label ?? '' }));
  const [first] = shown;
  if (!first) throw new Error('no runs to compare');
  return {
    dir: first.dir,
    comparedWith: runs.slice(1).map(({ dir }) => dir),
    labels,
    name: [...new Set(shown.map(({ name }) => name))].join(', '),
    model: first.model,
    startedAt: '',
    facts: [
      { label: t('Runs compared'), value: String(runs.length) },
      ...first.facts.filter(({ label }) => [t('Parameters'), t('Architecture')].includes(label)),
    ],
    notes: shown.flatMap(({ label, notes }) => notes.map((note) => `${label}: ${note}`)),
    datasets: shown.flatMap(({ label, datasets }) =>
      datasets.map((dataset) => ({ ...dataset, id: `${label}/${dataset.id}` })),
    ),
    methods: comparedMethods(shown),
    hasSimilarity: shown.every(({ hasSimilarity }) => hasSimilarity),
  };
}

/** Each is compared among the runs that have it. */
function comparedMethods(shown: readonly (ExplorerRun & { readonly label: string })[]): ExplorerMethod[] {
  const ids = [...new Set(shown.flatMap(({ methods }) => methods.map(({ id }) => id)))];
  return ids.flatMap((id) => {
    const having = shown.flatMap(({ label, methods }) =>
      methods.filter((method) => method.id === id).map((method) => ({ label, method })),
    );
    const [first] = having;
    if (!first) return [];
    // Each run may have selected in its own way.
    const selections = new Set(having.map(({ method }) => method.selection).filter((text) => text !== ''));
    return [
      {
        ...first.method,
        selection: [...selections].join('; '),
        regions: having.flatMap(({ label, method }) =>
          method.regions.map((region) => ({ ...region, id: `${label}/${region.id}` })),
        ),
        hasUtility: having.every(({ method }) => method.hasUtility),
      },
    ];
  });
}
