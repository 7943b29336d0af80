import path from 'node:path';

import { blockCount, isSecondDraw, replicatesOf, type Replicate } from '../../core/run/replicates';
import type { RegionSummary, SummaryContent } from '../../core/run/summary';
import type { IdentifyResult, RunProgress } from '../../protocol/engine';
import { ToolError } from '../../protocol/errors';
import type { RunDirectory } from '../../store/runDirectory';
import { MiddleLayerObserver } from '../embed/middleLayer';
import { similarityByEncoder, similarityByModel } from '../embed/similarityStep';
import { unusedWarnings } from '../formats/unusedTensors';
import { firstDraws } from '../prepare/secondDraw';
import type { Losses } from '../stream/headPass';
import { LayerWeights } from '../stream/layerWeights';
import { BlockSquareSums } from '../stream/blockSquareSums';
import { PositionTables, backwardMethods, forwardMethods, type PassContext } from '../stream/passContext';
import { planGroups, type PassGroup } from '../stream/passPlan';
import { ReplicatePass } from '../stream/replicatePass';
import { ProgramCache } from '../stream/programCache';
import { ProgressTracker } from '../stream/progressTracker';
import { Scratch } from '../stream/scratch';
import { streamGroup } from '../stream/streamGroup';
import { Lanes } from '../ort/lanes';
import { providerTraits, type Provider } from '../ort/providers';
import type { RuntimeOptions } from '../ort/runtime';
import { answerWithModel } from './answerWithModel';
import { assembleRegions } from './assembleRegions';
import { ensureClean } from './ensureClean';
import { magnitudeBaselines } from './magnitudeBaselines';
import type { EngineContext } from './identify';
import { noteProgress } from './noteProgress';
import { peakMemoryBytes } from './peakMemory';
import type { MethodStage, StageOutcome } from './methodStage';
import { startRuntime } from './runRuntime';
import { RunFiles } from './runFiles';
import { readRunPlan, type RunPlan } from './runPlan';
import type { RunInputs } from './runInputs';
import { createStages, stageCosts } from './stageRegistry';

/** From run.json to summary.json, or from wherever an earlier process stopped. The caller closes the model. */
export async function carryOut(
  run: RunDirectory,
  drafts: RunInputs,
  provider: Provider,
  asked: EngineContext,
): Promise<IdentifyResult> {
  const { signal } = asked;
  const release = await run.acquireLock();
  const noted = noteProgress(run, asked);
  const { context } = noted;
  try {
    context.emit('runStarted', { runDir: run.path });
    const started = await startRuntime(run, provider);
    const { options: runtime, resumed } = started;
    const { inputs, facts, seconds, share } = await answerWithModel(run, drafts, context);
    for (const { id, samples } of [...inputs.datasets, ...inputs.promptSets]) {
      await run.writeSamples(id, samples);
    }
    const { model, methods } = inputs;
    const datasets = firstDraws(inputs.datasets);
    const embedding = await similarityByEncoder(run, { ...inputs, datasets }, context);
    const plan = readRunPlan(run.manifest, run.file('run.json'));
    const groups = plannedGroups(plan, inputs);
    const files = new RunFiles(run, groups, inputs);
    const progress = trackProgress(run, inputs, groups, context, share);
    const stages = createStages(inputs);
    const losses = await streamAll({ runtime, plan, inputs, groups, files, progress, stages, context });
    await similarityByModel(run, { ...inputs, datasets }, groups, files);
    const assembled = { run, spec: model.spec, methods, progress, signal };
    const weightRegions = await assembleRegions({ ...assembled, datasets, files });
    const folder = 'replicates';
    const draws = inputs.datasets.filter(({ id }) => isSecondDraw(id));
    if (draws.length > 0) await assembleRegions({ ...assembled, datasets: draws, files, folder });
    const parts = replicatesOfGroups(groups, inputs);
    if (parts.length > 0) {
      const ofParts = parts.flat().map(({ dataset }) => dataset);
      await assembleRegions({ ...assembled, datasets: ofParts, files: files.replicates(parts), folder });
    }
    await progress.timed('baselines', () =>
      magnitudeBaselines({ run, model, datasets, methods, files, signal }),
    );
    const outcomes: StageOutcome[] = [];
    for (const stage of stages) {
      outcomes.push(await stage.finish({ run, inputs, groups, files, progress, runtime, context }));
    }
    const regions = [...weightRegions, ...outcomes.flatMap((outcome) => outcome.regions)];
    await noted.stop();
    await run.appendEvent({ event: 'finished' });
    await run.finish({
      regions,
      losses: summariseLosses(losses),
      ...facts,
      timings: { ...seconds, ...embedding, ...progress.phaseSeconds() },
      peakMemoryBytes: await peakMemoryBytes(),
      resumed,
      warnings: [
        ...unusedWarnings(model.unusedTensors, model.spec),
        ...[...inputs.datasets, ...inputs.promptSets].flatMap(({ id, report }) =>
          report.warnings.map((warning) => `${id}: ${warning}`),
        ),
        ...weightRegions
          .filter(({ size, requestedFraction }) => size === 0 && requestedFraction !== 0)
          .map(describeEmpty),
        ...outcomes.flatMap((outcome) => outcome.warnings),
        ...started.warnings(),
      ],
      defaults: run.manifest.defaults ?? {},
    });
    return { runDir: run.path, wasComplete: false };
  } catch (error) {
    const { message } = ToolError.from(signal.reason instanceof ToolError ? signal.reason : error);
    await run.appendEvent({ event: 'stopped', reason: message }).catch(() => undefined);
    throw error;
  } finally {
    await noted.stop();
    await release();
  }
}

const describeEmpty = ({ method, dataset, requestedFraction, scope }: RegionSummary): string =>
  `${dataset}: the top ${requestedFraction} by ${scope} of ${method} is not a single weight; overlaps with it say nothing.`;

/** Parts of the datasets of each group that regions are asked for; empty where none are. */
function replicatesOfGroups(
  groups: readonly PassGroup[],
  { experiment: { replicates } }: RunInputs,
): Replicate[][] {
  if (!replicates) return [];
  return groups.map((group) => group.datasets.flatMap(({ dataset }) => replicatesOf(dataset, replicates)));
}

interface StreamInput {
  readonly runtime: RuntimeOptions;
  readonly plan: RunPlan;
  readonly inputs: RunInputs;
  readonly groups: readonly PassGroup[];
  readonly files: RunFiles;
  readonly progress: ProgressTracker;
  readonly stages: readonly MethodStage[];
  readonly context: EngineContext;
}

async function streamAll({
  runtime,
  plan,
  inputs,
  groups,
  files,
  progress,
  stages,
  context,
}: StreamInput): Promise<Losses> {
  const { model, methods } = inputs;
  const { spec } = model;
  const lanes = await openLanes(runtime, context);
  const shared = lanes !== null;
  const programs = new ProgramCache({ ...runtime, lanes });
  const weights = new LayerWeights(model, shared);
  const common = {
    model,
    spec,
    methods,
    limits: plan,
    programs,
    weights,
    positions: new PositionTables(spec, shared),
    scratch: new Scratch(shared),
    progress,
    signal: context.signal,
  };
  const losses: Losses = {};
  try {
    for (const [index, group] of groups.entries()) {
      const { folder, workFile } = files.group(index);
      await ensureClean(folder);
      const datasets = group.datasets.map(({ dataset }) => dataset);
      const { replicates } = inputs.experiment;
      const settings = methods.length > 0 && replicates && blockCount(replicates) > 0 ? replicates : null;
      const pass: PassContext = {
        ...common,
        group,
        workFile,
        replicates: settings && new ReplicatePass(datasets, settings),
        scoreFile: (method, dataset, layer) => files.scores(method, dataset, layer),
      };
      await makeScoreFolders(pass);
      const observers = stages.flatMap((stage) => stage.observe(pass) ?? []);
      // A method that neither scores weights nor looks at the pass needs none.
      if (methods.length > 0 || observers.length > 0) {
        const middle = inputs.experiment.similarity.encoder === null ? [new MiddleLayerObserver(pass)] : [];
        const blocks =
          pass.replicates && forwardMethods(methods).length > 0
            ? [new BlockSquareSums(pass, pass.replicates)]
            : [];
        Object.assign(losses, await streamGroup(pass, [...observers, ...middle, ...blocks]));
      }
    }
  } finally {
    await weights.settle();
    // A thread that has ended releases nothing: the others must end all the same.
    await programs.release().finally(() => lanes?.close());
  }
  return losses;
}

async function openLanes(
  { threads, provider = 'cpu' }: RuntimeOptions,
  context: EngineContext,
): Promise<Lanes | null> {
  if (!providerTraits(provider).hasLanes) return null;
  return Lanes.start(threads, (reason) =>
    context.emit('log', {
      level: 'warn',
      message: `Graphs run one after the other, not side by side, and slower for it: ${reason}`,
    }),
  );
}

/** Groups as run.json fixed them: the free disk may have changed since, the order of sums must not. */
function plannedGroups({ groups, maxRows }: RunPlan, { datasets, model: { spec } }: RunInputs): PassGroup[] {
  const options = { maxRows, diskBudgetBytes: Infinity, keepsAllLayers: true };
  return groups.flatMap((ids) =>
    planGroups(
      datasets.filter(({ id }) => ids.includes(id)),
      spec,
      options,
    ),
  );
}

function trackProgress(
  run: RunDirectory,
  inputs: RunInputs,
  groups: readonly PassGroup[],
  context: EngineContext,
  shareDone: number,
): ProgressTracker {
  const {
    model: { spec },
    methods,
  } = inputs;
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const stageUnits = stageCosts(inputs, groups).reduce((sum, cost) => sum + cost.units, 0);
  const units =
    ProgressTracker.totalUnits(rows, spec.layers, backwardMethods(methods).length > 0) + stageUnits;
  const report = (progress: RunProgress): void => context.emit('progress', progress);
  const unitsBefore = (units * shareDone) / (1 - shareDone);
  const tracker = new ProgressTracker(run.path, spec.layers, unitsBefore + units, report);
  tracker.skip('forward', unitsBefore);
  return tracker;
}

async function makeScoreFolders(pass: PassContext): Promise<void> {
  for (const { method } of pass.methods) {
    const parts = pass.group.datasets.flatMap(({ dataset }) => pass.replicates?.of(dataset.id) ?? []);
    for (const { dataset } of [...pass.group.datasets, ...parts]) {
      const file = pass.scoreFile(method.id, dataset.id, 0);
      if (file !== null) await ensureClean(path.dirname(file));
    }
  }
}

function summariseLosses(losses: Losses): SummaryContent['losses'] {
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return Object.fromEntries(
    Object.entries(losses).map(([id, perSample]) => [
      id,
      {
        mean: finite(perSample.reduce((sum, loss) => sum + loss, 0) / perSample.length),
        perSample: perSample.map(finite),
      },
    ]),
  );
}
