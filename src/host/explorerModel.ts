/** What the Overlap Explorer shows, from a run's manifest, its summary and its overlap report. Pure. */
import type { Manifest } from '../core/run/manifest';
import type { Summary } from '../core/run/summary';
import { findMethod } from '../core/methods/registry';
import type { ExplorerDataset, ExplorerMethod, ExplorerRun, OverlapView } from '../protocol/explorer';

type Ratio = number | null;
type Matrix = readonly (readonly Ratio[])[];

/** What is used here of a method in the report of `overlapRuns` (CONTRACT section 5). */
export interface MethodOverlapLike {
  readonly unit: string;
  readonly universe: number;
  readonly regions: readonly {
    readonly id: string;
    readonly size: number;
    readonly isolatedSize: number | null;
  }[];
  readonly utility: { readonly id: string; readonly size: number } | null;
  readonly pairwise: Matrix;
  readonly forward: readonly Ratio[];
  readonly backward: readonly Ratio[];
  readonly isoUtility: {
    readonly pairwise: Matrix;
    readonly forward: readonly Ratio[];
    readonly backward: readonly Ratio[];
  } | null;
}

export interface OverlapReportLike {
  readonly methods: Readonly<Record<string, MethodOverlapLike>>;
}

export function explorerRun(
  dir: string,
  manifest: Manifest,
  summary: Summary,
  report: OverlapReportLike,
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

function explorerMethod(id: string, overlap: MethodOverlapLike, summary: Summary): ExplorerMethod {
  const { unit, universe, regions, utility, isoUtility } = overlap;
  const densities = regions.map(({ size }) => share(size, universe));
  // Density inside the complement of the utility region: over the whole universe the floor would come out too low.
  const left = universe - (utility?.size ?? 0);
  const isolated = regions.map(({ isolatedSize }) =>
    isolatedSize === null ? null : share(isolatedSize, left),
  );
  return {
    id,
    title: findMethod(id)?.title ?? id,
    unit,
    universe,
    selection: selectionOf(id, summary),
    regions: regions.map(({ id: region, size, isolatedSize }, index) => ({
      id: region,
      size,
      density: densities[index] ?? null,
      isolatedSize: utility === null ? null : isolatedSize,
    })),
    utility: utility === null ? null : { id: utility.id, size: utility.size },
    plain: overlapView(overlap, densities),
    isoUtility: utility === null || isoUtility === null ? null : overlapView(isoUtility, isolated),
  };
}

function overlapView(
  measured: {
    readonly pairwise: Matrix;
    readonly forward: readonly Ratio[];
    readonly backward: readonly Ratio[];
  },
  densities: readonly Ratio[],
): OverlapView {
  const backwards = densities.toReversed();
  const prefixes = (all: readonly Ratio[]): Ratio[] =>
    all.map((_, index) => randomIoU(all.slice(0, index + 1)));
  return {
    pairwise: measured.pairwise.map((row) => [...row]),
    randomPairwise: densities.map((a, row) =>
      densities.map((b, column) => (row === column ? (a === null || a === 0 ? null : 1) : randomIoU([a, b]))),
    ),
    forward: [...measured.forward],
    backward: [...measured.backward],
    randomForward: prefixes(densities),
    randomBackward: prefixes(backwards),
  };
}

/** E|and| / E|or| of independent random sets of densities q_i: prod q_i / (1 - prod (1 - q_i)). */
function randomIoU(densities: readonly Ratio[]): Ratio {
  let all = 1;
  let none = 1;
  for (const q of densities) {
    if (q === null) return null;
    all *= q;
    none *= 1 - q;
  }
  return none === 1 ? null : Math.min(1, all / (1 - none));
}

function selectionOf(methodId: string, summary: Summary): string {
  const region = summary.regions.find(({ method, role }) => method === methodId && role === 'identification');
  if (!region) return '';
  return `top ${Number((region.requestedFraction * 100).toPrecision(4))} % by ${region.scope}`;
}

const share = (size: number, universe: number): Ratio => (universe > 0 ? Math.min(1, size / universe) : null);

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
