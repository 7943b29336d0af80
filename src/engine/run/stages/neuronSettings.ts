import { hasType, NEURON_TYPES, rankedCount, type NeuronType } from '../../../core/methods/safeNeuron';
import type { DecoderSpec } from '../../../core/model/decoderSpec';
import type { MethodSettings } from '../../../core/run/experiment';
import { replicatesOf, type Replicate, type ReplicateSettings } from '../../../core/run/replicates';
import type { PreparedDataset } from '../../../core/run/sample';
import { promptsNeeded } from '../../../core/selection/neuronSelection';
import type { Side } from '../../neurons/queryKeyGraphs';

export type NeuronSettings = Extract<MethodSettings, { method: 'safeNeuron' }>;

/** What the settings come to for a model and its datasets. */
export interface NeuronPlan extends NeuronSettings {
  readonly spec: DecoderSpec;
  /** In the order of NEURON_TYPES, those that the mode knows and the experiment asks for. */
  readonly types: readonly NeuronType[];
  readonly sides: readonly Side[];
  /** The first so many samples of every dataset: equal numbers, or sizes would differ for that alone (T24). */
  readonly prompts: number;
  readonly neededPrompts: number;
  readonly replicates: ReplicateSettings | null;
}

export function planNeurons(
  settings: NeuronSettings,
  spec: DecoderSpec,
  datasets: readonly { readonly samples: readonly unknown[] }[],
  replicates: ReplicateSettings | null = null,
): NeuronPlan {
  const { mode, projections, promptShare } = settings;
  const types = NEURON_TYPES.filter((type) => projections.includes(type) && hasType(mode, type));
  const prompts = Math.min(...datasets.map(({ samples }) => samples.length));
  return {
    ...settings,
    spec,
    types,
    sides: (['q', 'k'] as const).filter((side) => types.includes(side)),
    prompts,
    neededPrompts: promptsNeeded(promptShare, prompts),
    replicates,
  };
}

/** Parts of the prompts of a dataset that are looked at. */
export const neuronReplicates = (
  { prompts, replicates }: NeuronPlan,
  dataset: PreparedDataset,
): Replicate[] =>
  replicates ? replicatesOf({ ...dataset, samples: dataset.samples.slice(0, prompts) }, replicates) : [];

/** As if these were all prompts. */
export const planOfPart = (plan: NeuronPlan, { samples }: PreparedDataset): NeuronPlan => ({
  ...plan,
  prompts: samples.length,
  neededPrompts: promptsNeeded(plan.promptShare, samples.length),
});

/** Entries of the ranked lists of all types of a layer. */
export const rankedPerLayer = ({ types, spec, mode }: NeuronPlan): number =>
  types.reduce((sum, type) => sum + rankedCount(spec, type, mode), 0);
