import path from 'node:path';

import { groupRows } from '../../core/model/decoderSpec';
import { NLSR_GAUGE_FREE } from '../../core/methods/nlsr';
import type { NlsrSettings } from '../../core/run/experiment';
import { isSecondDraw } from '../../core/run/replicates';
import type { RegionSummary } from '../../core/run/summary';
import { writeFileAtomic } from '../../store/atomicFile';
import type { PeftAdapter } from '../formats/peft/peftAdapter';
import { ensureClean } from '../run/ensureClean';
import { blockBytesPerRow, limitsFor } from '../run/limits';
import type { MethodStage, StageContext, StageCost, StageFactory, StageOutcome } from '../run/methodStage';
import type { RunInputs } from '../run/runInputs';
import { firstDraws } from '../prepare/secondDraw';
import { LayerWeights, layerBytes } from '../stream/layerWeights';
import { MASK_BYTES, PositionTables, breathe, layerName, type PassContext } from '../stream/passContext';
import { batchRows, boundaryBytes, type PassGroup, type PlannedDataset } from '../stream/passPlan';
import { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import { adapterPass, layerResultFile, runsPerLayer } from './adapterPass';
import { LayerResultReader } from './layerResults';
import { directionsAsked, remainingCount } from './nlsrRules';
import { findingsOf, nlsrReport, settingsInEffect, type NlsrReport } from './nlsrReport';
import { loraTensors, universeOf, weightTensors, writeRegion } from './writeRegions';

/** Datasets of one group of the run that have one adapter: they share a pass over the layers. */
interface Job {
  readonly adapter: PeftAdapter;
  readonly group: PassGroup;
}

/** NLSR: a forward pass of its own, because the adapter changes the activations. */
export const nlsrStage: StageFactory<NlsrSettings> = {
  id: 'nlsr',
  create: (settings) => new NlsrStage(settings),
  cost: stageCost,
};

class NlsrStage implements MethodStage {
  readonly id = 'nlsr';

  constructor(private readonly settings: NlsrSettings) {}

  observe(): null {
    return null;
  }

  async finish(stage: StageContext): Promise<StageOutcome> {
    const regions: RegionSummary[] = [];
    const common = general(this.settings, stage.inputs);
    const warnings = [...common];
    const jobs = jobsOf(stage.groups, stage.inputs.adapters);
    const shared = sharedContext(stage);
    try {
      for (const [index, job] of jobs.entries()) {
        const context = await jobContext(stage, shared, job, index);
        await adapterPass({ context, settings: this.settings, adapter: job.adapter });
      }
    } finally {
      await shared.programs.release();
    }
    stage.progress.enter('writing', null, firstDraws(stage.inputs.datasets).length);
    for (const [index, job] of jobs.entries()) {
      const results = new LayerResultReader((layer) => layerResultFile(workFiles(stage, index), layer));
      try {
        for (const planned of job.group.datasets) {
          const written = await this.writeDataset(stage, job, planned, results, common);
          regions.push(...written.regions);
          warnings.push(...written.warnings);
          stage.progress.regionWritten();
          await breathe(stage.context.signal);
        }
      } finally {
        await results.close();
      }
    }
    const order = stage.inputs.datasets.map(({ id }) => id);
    regions.sort(
      (a, b) => compare(a.method, b.method) || order.indexOf(a.dataset) - order.indexOf(b.dataset),
    );
    return { regions, warnings };
  }

  private async writeDataset(
    { run, inputs }: StageContext,
    { adapter }: Job,
    { dataset }: PlannedDataset,
    results: LayerResultReader,
    common: readonly string[],
  ): Promise<StageOutcome> {
    const { settings } = this;
    const { spec } = inputs.model;
    const { modules, reference } = adapter;
    const stats = [];
    for (const module of modules) stats.push(await results.stats(dataset.id, module));
    const findings = findingsOf(settings, dataset.id, modules, stats);
    const report = nlsrReport({
      settings,
      dataset,
      adapter: reference,
      modules,
      stats,
      warnings: [...common, ...findings],
    });
    const metadata = { mode: settings.mode, sparsity: String(settings.sparsity) };
    const regionFile = (method: string): string => run.file('regions', method, `${dataset.id}.safetensors`);
    await writeRegion(regionFile('nlsr'), dataset.id, loraTensors(modules), results, spec, {
      payload: 'lora',
      method: 'nlsr',
      ...metadata,
    });
    if (settings.gaugeFree) {
      await writeRegion(regionFile(NLSR_GAUGE_FREE), dataset.id, weightTensors(modules), results, spec, {
        payload: 'weights',
        method: NLSR_GAUGE_FREE,
        ...metadata,
      });
    }
    await writeFileAtomic(
      run.file('reports', 'nlsr', `${dataset.id}.json`),
      `${JSON.stringify(report, null, 2)}\n`,
    );
    return { regions: summaries(settings, report, dataset.role), warnings: findings };
  }
}

function summaries(settings: NlsrSettings, report: NlsrReport, role: RegionSummary['role']): RegionSummary[] {
  const base = {
    dataset: report.dataset,
    role,
    requestedFraction: remainingCount(settings.sparsity, 1_000_000) / 1_000_000,
    scope: null,
    unit: 'weight' as const,
    prompts: report.prompts,
    settings: settingsInEffect(settings, report.adapter),
  };
  return [
    { ...base, method: 'nlsr', ...report.sizes.pooled },
    ...(report.gaugeFree ? [{ ...base, method: NLSR_GAUGE_FREE, ...report.gaugeFree }] : []),
  ];
}

/** What holds for every dataset. */
function general({ sparsity, rankRule }: NlsrSettings, { adapters }: RunInputs): string[] {
  const distinct = [...new Set(adapters.values())];
  const none = distinct.some(({ modules }) =>
    modules.some(({ rank }) => directionsAsked(rankRule, sparsity, rank) < 1),
  );
  return [
    ...(distinct.length > 1
      ? [
          `nlsr: the datasets have ${distinct.length} adapters. (A, B) and (G A, B G^-1) are the same model with other ` +
            'regions, and adapters that are trained apart differ by such a change of basis at least: overlaps between ' +
            'their regions say little. Use one adapter for all datasets, or compare nlsr-gaugefree.',
        ]
      : []),
    ...(none ? [`nlsr: a sparsity of ${sparsity} leaves no direction of some ranks; one was kept.`] : []),
  ];
}

function jobsOf(groups: readonly PassGroup[], adapters: RunInputs['adapters']): Job[] {
  return groups.flatMap((group) => {
    const ofAdapter = new Map<PeftAdapter, PlannedDataset[]>();
    for (const planned of group.datasets) {
      if (isSecondDraw(planned.dataset.id)) continue;
      const adapter = adapters.get(planned.dataset.id);
      if (!adapter) throw new Error(`The dataset '${planned.dataset.id}' has no adapter.`);
      ofAdapter.set(adapter, [...(ofAdapter.get(adapter) ?? []), planned]);
    }
    return [...ofAdapter].map(([adapter, datasets]) => ({ adapter, group: { datasets, rows: group.rows } }));
  });
}

const workFiles = ({ run }: StageContext, job: number): { readonly workFile: (name: string) => string } => ({
  workFile: (name) => run.file('work', `nlsr-${job}`, name),
});

type Shared = Omit<PassContext, 'group' | 'workFile'>;

function sharedContext({ inputs, files, progress, runtime, context }: StageContext): Shared {
  const { model } = inputs;
  return {
    model,
    spec: model.spec,
    methods: [],
    limits: limitsFor(model.spec),
    programs: new ProgramCache(runtime),
    weights: new LayerWeights(model),
    positions: new PositionTables(model.spec),
    scratch: new Scratch(),
    progress,
    signal: context.signal,
    scoreFile: (method, dataset, layer) => files.scores(method, dataset, layer),
  };
}

async function jobContext(
  stage: StageContext,
  shared: Shared,
  { group }: Job,
  index: number,
): Promise<PassContext> {
  const files = workFiles(stage, index);
  const folders = group.datasets.flatMap(({ dataset }) => {
    const scores = shared.scoreFile('nlsr', dataset.id, 0);
    return scores === null ? [] : [path.dirname(scores)];
  });
  for (const folder of [path.dirname(files.workFile(layerName(0))), ...folders]) await ensureClean(folder);
  return { ...shared, ...files, group };
}

function stageCost(settings: NlsrSettings, inputs: RunInputs, groups: readonly PassGroup[]): StageCost {
  const { spec } = inputs.model;
  const modules = [...new Set(inputs.adapters.values())].flatMap((adapter) => adapter.modules);
  const batches = groups.flatMap(({ datasets }) => datasets.flatMap((planned) => planned.batches));
  const rows = Math.max(...batches.map(batchRows));
  const attention = Math.max(
    ...batches.map(({ samples, length }) => samples.length * spec.heads * length * length * 4 * 5),
  );
  const layers = Array.from({ length: spec.layers }, (_, layer) =>
    modules.filter((own) => own.layer === layer),
  );
  const sumOf = (of: (module: (typeof modules)[number]) => number): number =>
    Math.max(...layers.map((own) => own.reduce((sum, module) => sum + of(module), 0)));
  // The matrices as they are and projected; Z of a batch, twice as the runtime hands outputs over twice.
  const matrices = 2 * 4 * sumOf(({ rank, rows: out, inFeatures }) => rank * (out + inFeatures));
  const lowered = 2 * 4 * rows * sumOf(({ rank }) => rank);
  const updates = 4 * rows * Math.max(...spec.groups.map(groupRows));
  const squares = 16 * 8 * Math.max(...modules.map(({ rank }) => rank * rank));
  const largest = Math.max(...modules.map(({ rows: out, inFeatures }) => out * inFeatures));
  const product = settings.gaugeFree ? 2 * 4 * largest : 0;
  const block = rows * blockBytesPerRow(spec) + attention + lowered + updates;
  const datasets = groups.reduce((sum, group) => sum + group.datasets.length, 0);
  const scored = inputs.keepScores ? 32 : 0;
  const units = universeOf(loraTensors(modules));
  const gaugeFree = settings.gaugeFree ? universeOf(weightTensors(modules)) : 0;
  return {
    passMemoryBytes: 0,
    memoryBytes: MASK_BYTES + layerBytes(spec) + matrices + squares + Math.max(block, product),
    // Bits are there twice while the per-layer files are joined to regions.
    diskBytes:
      Math.max(...groups.map((group) => boundaryBytes(group.rows, spec, false))) +
      (datasets * (units * (2 + scored) + gaugeFree * 2)) / 8,
    units: groups.reduce(
      (sum, group) =>
        sum +
        group.rows *
          layers.reduce(
            (runs, own, layer) => runs + runsPerLayer(settings, own.length > 0, layer === spec.layers - 1),
            0,
          ),
      0,
    ),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
