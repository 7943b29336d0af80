import { rankedCount, safeNeuron } from '../../../core/methods/safeNeuron';
import { isSecondDraw } from '../../../core/run/replicates';
import type { RegionSummary } from '../../../core/run/summary';
import { topCount } from '../../../core/selection/fraction';
import { breathe, type PassContext } from '../../stream/passContext';
import type { MethodStage, StageContext, StageFactory, StageOutcome } from '../methodStage';
import type { RunInputs } from '../runInputs';
import { neuronCost } from './neuronCost';
import { NeuronObserver, neuronResultName } from './neuronObserver';
import { writeNeuronRegion, writeNeuronReplicate } from './neuronRegions';
import {
  neuronReplicates,
  planNeurons,
  planOfPart,
  type NeuronPlan,
  type NeuronSettings,
} from './neuronSettings';

/** SafeNeuron: importances during the shared forward pass, sets of neurons from the counts of all layers after it. */
export const safeNeuronStage: StageFactory<NeuronSettings> = {
  id: safeNeuron.id as 'safeNeuron',
  create(settings, inputs) {
    const { model, datasets, experiment } = inputs;
    const plan = planNeurons(settings, model.spec, datasets, experiment.replicates);
    return new SafeNeuronStage(plan, inputs);
  },
  cost(settings, inputs, groups) {
    return neuronCost(planNeurons(settings, inputs.model.spec, inputs.datasets), groups, inputs.keepScores);
  },
};

class SafeNeuronStage implements MethodStage {
  readonly id = safeNeuron.id;

  constructor(
    private readonly plan: NeuronPlan,
    private readonly inputs: RunInputs,
  ) {}

  observe(pass: PassContext): NeuronObserver {
    return new NeuronObserver(this.plan, pass, (dataset, layer) => pass.scoreFile(this.id, dataset, layer));
  }

  async finish({ run, files, groups, progress, context }: StageContext): Promise<StageOutcome> {
    const regions: RegionSummary[] = [];
    progress.enter('writing', null, this.inputs.datasets.length);
    for (const [index, group] of groups.entries()) {
      const { workFile } = files.group(index);
      const countsFile = (layer: number): string => workFile(neuronResultName(layer));
      for (const { dataset } of group.datasets) {
        if (isSecondDraw(dataset.id)) await writeNeuronReplicate(run, this.plan, dataset, countsFile);
        else regions.push(await writeNeuronRegion(run, this.plan, dataset, countsFile));
        for (const part of neuronReplicates(this.plan, dataset)) {
          await writeNeuronReplicate(run, planOfPart(this.plan, part.dataset), part.dataset, countsFile);
        }
        progress.regionWritten();
        await breathe(context.signal);
      }
    }
    const empty = regions.filter(({ size }) => size === 0).map(describeEmpty);
    return { regions, warnings: [...this.planWarnings(), ...empty] };
  }

  private planWarnings(): string[] {
    const { mode, keepFraction, prompts, spec, types, projections } = this.plan;
    const left = this.inputs.datasets.filter(({ samples }) => samples.length > prompts);
    const none = types.filter((type) => topCount(keepFraction, rankedCount(spec, type, mode)) === 0);
    return [
      ...left.map(
        ({ id, samples }) =>
          `${id}: safeNeuron looked at the first ${prompts} of ${samples.length} prompts, as many as the smallest set has: ` +
          'what all prompts keep shrinks with their number.',
      ),
      ...none.map(
        (type) => `safeNeuron: ${keepFraction} of the ${type} neurons of a layer is less than one.`,
      ),
      ...(mode === 'code' && projections.includes('o')
        ? ['safeNeuron: the released code discards o neurons; there are none in this region.']
        : []),
    ];
  }
}

const describeEmpty = ({ dataset, settings }: RegionSummary): string =>
  `${dataset}: no neuron of safeNeuron is kept by ${String(settings.neededPrompts)} of ${String(settings.prompts)} prompts; overlaps with it say nothing.`;
