import { intervalSize, relativeDepth, sppftBounds } from '../../core/layers/interval';
import { LAYER_REPORT_VERSION, type LayerReport } from '../../core/layers/layerReport';
import { scalingEffect } from '../../core/layers/scalingEffect';
import type { SafeLayerSettings } from '../../core/run/experiment';
import type { PreparedDataset, Sample } from '../../core/run/sample';
import type { RegionSummary } from '../../core/run/summary';
import { inputError, usageError } from '../../protocol/errors';
import type { MethodStage, StageContext, StageFactory, StageOutcome } from '../run/methodStage';
import type { RunInputs } from '../run/runInputs';
import { firstDraws } from '../prepare/secondDraw';
import { layerBytes } from '../stream/layerWeights';
import type { PassContext } from '../stream/passContext';
import { controlStates } from './controlStates';
import { cosineCurves, type DrawnCurves } from './cosineCurves';
import { layerWarnings } from './layerWarnings';
import { gainsScaled, openScaledAnswers } from './openScaledAnswers';
import { PromptStateObserver, PromptStates } from './promptStates';
import { sweepDataset, unswept, type SweepReport } from './sweepDataset';
import { writeLayerRegion, writeLayerReport } from './writeLayers';

/** Alphas that a search is expected to try: for the time left only. */
const EXPECTED_ALPHAS = 3;

export const safeLayerStage: StageFactory<SafeLayerSettings> = {
  id: 'safeLayer',
  create(settings, inputs) {
    checkApplies(settings, inputs);
    return new SafeLayerStage(settings);
  },
  cost(settings, inputs) {
    checkApplies(settings, inputs);
    const { datasets, promptSets } = inputs;
    const { spec } = inputs.model;
    const samples = datasets.reduce((sum, dataset) => sum + dataset.samples.length, 0);
    const states = samples * spec.hiddenSize * 4;
    const tokens = (use: 'overRejection' | 'control', extra: number): number =>
      promptSets
        .filter((set) => set.use === use)
        .flatMap((set) => set.samples)
        .reduce((sum, { tokenIds }) => sum + tokenIds.length + extra, 0);
    const sweeps = settings.candidates * (settings.alpha === 'search' ? EXPECTED_ALPHAS + 1 : 2) + 2;
    const control = tokens('control', 0);
    return {
      // Those of a layer wait for the disk while the next one's are gathered.
      passMemoryBytes: 2 * states,
      memoryBytes: layerBytes(spec) + 4 * spec.vocabSize * spec.hiddenSize,
      diskBytes: states * spec.layers + 3 * control * spec.hiddenSize * 4,
      units: (tokens('overRejection', settings.maxNewTokens) * sweeps + control) * spec.layers,
    };
  },
};

function checkApplies({ range }: SafeLayerSettings, inputs: RunInputs): void {
  const { datasets } = inputs;
  const { spec } = inputs.model;
  if (range && range[1] >= spec.layers) {
    throw usageError(
      'layers-outside-model',
      `safeLayer: range [${range.join(', ')}] goes past the model's last layer, ${spec.layers - 1}.`,
      'Layers are counted from 0.',
    );
  }
  const utility = datasets.find(({ role }) => role === 'utility');
  if (!utility || utility.samples.length < 2) {
    throw usageError(
      'utility-too-small',
      `safeLayer compares prompts of 'utility' with each other, and it has ${utility?.samples.length ?? 0}.`,
      'Set sampling.count to 2 or more.',
    );
  }
  checkHarmless(inputs);
}

/** Answers to over-rejection prompts are kept with their text: none of them may be a prompt of a harmful set. */
function checkHarmless({ datasets, promptSets }: Pick<RunInputs, 'datasets' | 'promptSets'>): void {
  const key = ({ tokenIds, responseStart }: Sample): string => tokenIds.slice(0, responseStart).join();
  const sets = datasets.filter(({ role }) => role === 'identification');
  const owners = new Map(sets.flatMap(({ id, samples }) => samples.map((sample) => [key(sample), id])));
  for (const { id, samples } of promptSets.filter(({ use }) => use === 'overRejection')) {
    for (const sample of samples) {
      const owner = owners.get(key(sample));
      if (owner === undefined) continue;
      throw inputError(
        'over-rejection-harmful',
        `Dataset ${id}, row ${sample.row}: this prompt is one of '${owner}' too, and answers to prompts of ` +
          'overRejection are written down whatever they say.',
        "Name harmless prompts under 'overRejection', or leave such rows out with 'where'.",
      );
    }
  }
}

class SafeLayerStage implements MethodStage {
  readonly id = 'safeLayer';

  constructor(private readonly settings: SafeLayerSettings) {}

  observe(pass: PassContext): PromptStateObserver {
    return new PromptStateObserver(pass);
  }

  async finish(stage: StageContext): Promise<StageOutcome> {
    const { settings } = this;
    const { spec } = stage.inputs.model;
    const sets = firstDraws(stage.inputs.datasets).filter(({ role }) => role === 'identification');
    const { utility, curves, control } = await allCurves(stage, settings, sets);
    const overRejection = stage.inputs.promptSets.find(({ use }) => use === 'overRejection');
    const items = overRejection?.samples ?? [];
    const answers = overRejection ? await openScaledAnswers(overRejection, settings, stage) : null;
    const effect = scalingEffect(spec);
    const regions: RegionSummary[] = [];
    const reports: LayerReport[] = [];
    for (const [index, dataset] of sets.entries()) {
      const own = curves[index];
      if (!own) throw new Error(`Dataset ${dataset.id} has no curves.`);
      const start = settings.range ?? own.candidate;
      const swept: SweepReport =
        start && answers
          ? await sweepDataset(start, settings, spec.layers, items.length, answers)
          : unswept(start);
      const { interval } = swept;
      const report: LayerReport = {
        schemaVersion: LAYER_REPORT_VERSION,
        method: 'safeLayer',
        dataset: dataset.id,
        utility,
        layers: spec.layers,
        angleDefinition: settings.angle,
        ...own,
        range: settings.range,
        ...swept,
        depth: interval ? relativeDepth(interval, spec.layers) : null,
        sppft: interval ? sppftBounds(interval) : null,
        control,
        noOp: effect.noOp,
        scaled: { weights: scaledWeights(settings), gains: [...gainsScaled(settings, spec)] },
      };
      await writeLayerRegion(stage.run, dataset.id, interval, spec);
      await writeLayerReport(stage.run, report);
      reports.push(report);
      regions.push(summarise(report, dataset, settings));
    }
    return { regions, warnings: layerWarnings(reports, settings) };
  }
}

/** Curves of the sets in their order, and of the control set where there is one. */
async function allCurves(
  stage: StageContext,
  settings: SafeLayerSettings,
  sets: readonly PreparedDataset[],
): Promise<{ utility: string; curves: DrawnCurves[]; control: LayerReport['control'] }> {
  const { inputs, groups, files, context } = stage;
  const { spec } = inputs.model;
  const statesOf = (dataset: PreparedDataset): PromptStates => {
    const index = groups.findIndex((group) => group.datasets.some((one) => one.dataset.id === dataset.id));
    const group = groups[index];
    if (!group) throw new Error(`Dataset ${dataset.id} was in no pass.`);
    return new PromptStates(files.group(index), group, dataset, spec.hiddenSize);
  };
  const utility = inputs.datasets.find(({ role }) => role === 'utility');
  if (!utility) throw new Error('safeLayer without a utility set');
  const controlSet = inputs.promptSets.find(({ use }) => use === 'control');
  const states = sets.map(statesOf);
  if (controlSet) states.push(await controlStates(controlSet, stage));
  const drawn = await cosineCurves(statesOf(utility), states, spec.layers, settings, context.signal);
  const last = controlSet ? drawn[sets.length] : undefined;
  if (!controlSet || !last) return { utility: utility.id, curves: drawn, control: null };
  const { curves, angle, standardError, candidate } = last;
  const control = { dataset: controlSet.id, curves, angle, standardError, candidate };
  return { utility: utility.id, curves: drawn.slice(0, sets.length), control };
}

const scaledWeights = ({ includeOutputProjection }: SafeLayerSettings): string[] =>
  ['q', 'k', 'v', 'o', 'gate', 'up', 'down'].filter((name) => includeOutputProjection || name !== 'o');

function summarise(
  { interval, layers, candidate, alpha, items, judge, scaled }: LayerReport,
  { id, samples }: PreparedDataset,
  settings: SafeLayerSettings,
): RegionSummary {
  const { method, control, judge: asked, ...rest } = settings;
  const size = interval ? intervalSize(interval) : 0;
  return {
    method,
    dataset: id,
    role: 'identification',
    requestedFraction: null,
    scope: null,
    unit: 'layer',
    prompts: samples.length,
    settings: {
      ...rest,
      control: control?.id ?? null,
      judge: judge ?? asked,
      interval,
      candidate,
      alphaChosen: alpha?.chosen ?? null,
      items,
      scaled,
    },
    size,
    universe: layers,
    density: size / layers,
  };
}
