/** What the Overlap Explorer knows of a run at once: its manifest and its summary. Pure. */
import { methodTitle } from '../../core/methods/registry';
import type { Payload } from '../../core/methods/method';
import { english, type Translate } from '../../core/report/translate';
import type { Manifest } from '../../core/run/manifest';
import type { Summary } from '../../core/run/summary';
import type { ExplorerDataset, ExplorerMethod, ExplorerRun } from '../../protocol/explorer/overview';
import { duration } from '../duration';

export interface OverviewInput {
  /** Absolute. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** null while it goes on. */
  readonly summary: Summary | null;
  /** Those that have regions, in the order in which they are shown. */
  readonly methods: readonly { readonly id: string; readonly payload: Payload }[];
  readonly hasSimilarity: boolean;
}

export function runOverview(input: OverviewInput, t: Translate = english): ExplorerRun {
  const { dir, manifest, summary } = input;
  const { experiment, model } = manifest;
  return {
    dir,
    name: experiment.name,
    model: model.reference,
    startedAt: manifest.createdAt,
    facts: [
      { label: t('Parameters'), value: model.parameters.toLocaleString('en') },
      { label: t('Architecture'), value: model.modelType },
      { label: t('Computed on'), value: manifest.provider },
      ...(summary ? costs(summary, t) : []),
      { label: t('Template'), value: experiment.template },
      { label: t('Seed'), value: String(manifest.seed) },
    ],
    datasets: datasets(manifest),
    notes: summary?.warnings ?? [],
    hasSimilarity: input.hasSimilarity,
    methods: input.methods.map(({ id, payload }) =>
      explorerMethod(id, payload, manifest, summary?.regions ?? [], t),
    ),
  };
}

function costs({ timings, peakMemoryBytes }: Summary, t: Translate): ExplorerRun['facts'] {
  const seconds = Object.values(timings).reduce((sum, value) => sum + value, 0);
  const memory = peakMemoryBytes === null ? null : Math.round(peakMemoryBytes / 2 ** 20);
  return [
    { label: t('Took'), value: duration(seconds) },
    ...(memory === null ? [] : [{ label: t('Peak memory'), value: `${memory.toLocaleString('en')} MiB` }]),
  ];
}

function datasets({ experiment, datasets: reports }: Manifest): ExplorerDataset[] {
  const utility = experiment.utility ?? null;
  return [
    ...experiment.datasets.map((dataset) => ({ dataset, role: 'identification' as const })),
    ...(utility === null ? [] : [{ dataset: utility, role: 'utility' as const }]),
  ].map(({ dataset: { id, path }, role }) => ({
    id,
    role,
    source: [path].flat().join(', '),
    samples: reports[id]?.sampled ?? null,
  }));
}

const UNITS: Readonly<Record<Payload, string>> = {
  weights: 'weight',
  // Not weights of the model.
  lora: 'adapter weight',
  neurons: 'neuron',
  layers: 'layer',
};

function explorerMethod(
  id: string,
  payload: Payload,
  { experiment }: Manifest,
  regions: Summary['regions'],
  t: Translate,
): ExplorerMethod {
  const own = regions.filter(({ method }) => method === id);
  return {
    id,
    title: methodTitle(id),
    payload,
    unit: UNITS[payload],
    universe: own[0]?.universe ?? null,
    selection: selectionOf(own, t),
    regions: experiment.datasets.map(({ id: dataset }) => {
      const found = own.find((region) => region.dataset === dataset);
      return { id: dataset, size: found?.size ?? null, density: found?.density ?? null };
    }),
    // An interval of layers is found against the utility set already.
    hasUtility: Boolean(experiment.utility) && payload !== 'layers',
  };
}

function selectionOf(regions: Summary['regions'], t: Translate): string {
  const region = regions.find(({ role }) => role === 'identification');
  if (!region || region.requestedFraction === null) return '';
  const percent = Number((region.requestedFraction * 100).toPrecision(4));
  return region.scope === null ? t('top {0} % kept', percent) : t('top {0} % by {1}', percent, region.scope);
}
