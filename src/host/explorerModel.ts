/** What the Overlap Explorer shows, from a run's manifest, its summary and its overlap report. Pure. */
import type {
  MethodOverlap,
  OverlapMeasures,
  OverlapReport,
  RandomFloors,
} from '../core/masks/overlapReport';
import { findMethod } from '../core/methods/registry';
import type { Manifest } from '../core/run/manifest';
import type { Summary } from '../core/run/summary';
import type { ExplorerDataset, ExplorerMethod, ExplorerRun, OverlapView } from '../protocol/explorer';

export function explorerRun(
  dir: string,
  manifest: Manifest,
  summary: Summary,
  report: OverlapReport,
): ExplorerRun {
  const seconds = Object.values(summary.timings).reduce((sum, value) => sum + value, 0);
  const { experiment, model } = manifest;
  return {
    dir,
    name: experiment.name,
    model: model.reference,
    startedAt: manifest.createdAt,
    facts: [
      { label: 'Parameters', value: model.parameters.toLocaleString('en') },
      { label: 'Architecture', value: model.modelType },
      { label: 'Computed on', value: manifest.provider },
      { label: 'Took', value: duration(seconds) },
      ...(summary.peakMemoryBytes === null
        ? []
        : [
            {
              label: 'Peak memory',
              value: `${Math.round(summary.peakMemoryBytes / 2 ** 20).toLocaleString('en')} MiB`,
            },
          ]),
      { label: 'Template', value: experiment.template },
      { label: 'Seed', value: String(manifest.seed) },
    ],
    datasets: datasets(manifest),
    notes: summary.warnings,
    methods: Object.entries(report.methods).map(([id, overlap]) => explorerMethod(id, overlap, summary)),
  };
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

function explorerMethod(id: string, overlap: MethodOverlap, summary: Summary): ExplorerMethod {
  const { payload, universe, regions, utility, isoUtility, baselines, notes } = overlap;
  return {
    id,
    title: findMethod(id)?.title ?? id,
    // An adapter's weights are not the model's.
    unit: payload === 'lora' ? 'adapter weight' : overlap.unit,
    universe,
    selection: selectionOf(id, summary),
    regions: regions.map(({ id: region, size, density, isolatedSize }) => ({
      id: region,
      size,
      density,
      isolatedSize,
    })),
    utility,
    notes,
    plain: overlapView(overlap, baselines),
    isoUtility: isoUtility && baselines.isoUtility ? overlapView(isoUtility, baselines.isoUtility) : null,
  };
}

const overlapView = (measured: OverlapMeasures, floors: RandomFloors): OverlapView => ({
  pairwise: measured.pairwise,
  randomPairwise: floors.randomPairwise,
  forward: measured.forward,
  backward: measured.backward,
  randomForward: floors.randomForward,
  randomBackward: floors.randomBackward,
});

function selectionOf(methodId: string, summary: Summary): string {
  const region = summary.regions.find(({ method, role }) => method === methodId && role === 'identification');
  if (!region || region.requestedFraction === null) return '';
  return `top ${Number((region.requestedFraction * 100).toPrecision(4))} % ${region.scope === null ? 'kept' : `by ${region.scope}`}`;
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (Math.round(seconds) < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
