import type { PreparedDataset } from '../../core/run/sample';
import { blockCount, replicatesOf, type Replicate, type ReplicateSettings } from '../../core/run/replicates';
import type { MethodRun, PassContext } from './passContext';
import { layerName, type WorkFiles } from './passContext';
import { LayerScorer } from './layerScorer';

/** Per-layer bits of replicates, from the forward or the backward pass. */
export const replicateFile = (files: WorkFiles, pass: 'forward' | 'backward', layer: number): string =>
  files.workFile(`replicates-${pass}-${layerName(layer)}.safetensors`);

/** The replicates of the datasets that share a pass. */
export class ReplicatePass {
  readonly blocks: number;
  private readonly byDataset: ReadonlyMap<string, readonly Replicate[]>;

  constructor(datasets: readonly PreparedDataset[], settings: ReplicateSettings) {
    this.blocks = blockCount(settings);
    this.byDataset = new Map(datasets.map((dataset) => [dataset.id, replicatesOf(dataset, settings)]));
  }

  of(datasetId: string): readonly Replicate[] {
    return this.byDataset.get(datasetId) ?? [];
  }

  /** A scorer of the replicates alone, whose datasets come one after the other, each with its replicates in order. */
  begin(
    context: PassContext,
    methods: readonly MethodRun[],
    pass: 'forward' | 'backward',
    layer: number,
  ): Promise<LayerScorer> {
    const datasets = context.group.datasets.flatMap(({ dataset }) =>
      this.of(dataset.id).map((replicate) => ({ dataset: replicate.dataset, batches: [] })),
    );
    return LayerScorer.begin(
      { ...context, group: { datasets, rows: 0 } },
      methods,
      layer,
      replicateFile(context, pass, layer),
      { keepsSamples: false },
    );
  }
}
