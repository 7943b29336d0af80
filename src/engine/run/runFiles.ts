import { isReplicateId, type Replicate } from '../../core/run/replicates';
import type { RunDirectory } from '../../store/runDirectory';
import { backwardResultFile } from '../stream/backwardPass';
import { forwardResultFile } from '../stream/forwardPass';
import { layerName, needsGradient, type MethodRun, type WorkFiles } from '../stream/passContext';
import { replicateFile } from '../stream/replicatePass';
import type { PassGroup } from '../stream/passPlan';
import type { RunInputs } from './runInputs';

/** Where the bits and scores of a dataset's regions lie while the run is under way. */
export interface RegionFiles {
  layerResults(run: MethodRun, datasetId: string, layer: number): string;
  scores(methodId: string, datasetId: string, layer: number): string | null;
}

/** Where the engine keeps what only it needs, below work/, and the scores. */
export class RunFiles implements RegionFiles {
  constructor(
    private readonly run: RunDirectory,
    private readonly groups: readonly PassGroup[],
    private readonly inputs: Pick<RunInputs, 'keepScores' | 'methods'>,
  ) {}

  /** Files of one pass over the layers. */
  group(index: number): WorkFiles & { readonly folder: string } {
    const folder = this.run.file('work', `group-${index}`);
    return { folder, workFile: (name) => this.run.file('work', `group-${index}`, name) };
  }

  /** Bits of one layer, for a method that selects layer by layer. */
  layerResults({ method }: MethodRun, datasetId: string, layer: number): string {
    const files = this.group(
      this.groups.findIndex(({ datasets }) => datasets.some(({ dataset }) => dataset.id === datasetId)),
    );
    return needsGradient(method) ? backwardResultFile(files, layer) : forwardResultFile(files, layer);
  }

  /** The same of parts of datasets. */
  replicates(groups: readonly (readonly Replicate[])[]): RegionFiles {
    return {
      layerResults: ({ method }, id, layer) => {
        const index = groups.findIndex((of) => of.some(({ dataset }) => dataset.id === id));
        return replicateFile(this.group(index), needsGradient(method) ? 'backward' : 'forward', layer);
      },
      scores: (methodId, id, layer) => this.scores(methodId, id, layer),
    };
  }

  /** Scores that the user asked for, or that selection over the whole model reads again; null for others. */
  scores(methodId: string, datasetId: string, layer: number): string | null {
    const { keepScores, methods } = this.inputs;
    const isNeeded = methods.some(({ method, scope }) => method.id === methodId && scope === 'model');
    if (!keepScores && !isNeeded) return null;
    // Of parts of a dataset nobody asked to see the scores.
    const isPart = isReplicateId(datasetId);
    if (isPart && !isNeeded) return null;
    const root = keepScores && !isPart ? ['scores'] : ['work', 'scores'];
    return this.run.file(...root, methodId, datasetId, `${layerName(layer)}.safetensors`);
  }
}
