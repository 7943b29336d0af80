import { statfs } from 'node:fs/promises';
import path from 'node:path';

import type { Experiment } from '../../core/run/experiment';
import type { Manifest } from '../../core/run/manifest';
import type {
  EngineEvents,
  EstimateParams,
  IdentifyParams,
  IdentifyResult,
  RunEstimate,
  TimedEstimate,
} from '../../protocol/engine';
import type { CallContext } from '../../protocol/rpc';
import { ensureFolder } from '../../store/atomicFile';
import { checkJudgeConsent } from '../../store/judging/openJudge';
import { createRun } from '../../store/runDirectory';
import { checkEncoder, similarityBytes } from '../embed/similarityStep';
import { unusedWarnings } from '../formats/unusedTensors';
import type { Provider } from '../ort/providers';
import { runtimeVersion } from '../ort/runtime';
import { defaultThreads } from '../ort/threads';
import { backwardMethods } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
import { carryOutGuarded } from './carryOutGuarded';
import { describeEstimate, estimateRun, refuseIfTooLarge } from './estimateRun';
import { answerMemory } from './answerMemory';
import { answerWork, estimateSeconds, type Work } from './estimateSeconds';
import { limitsFor } from './limits';
import { adapterFiles } from './openAdapters';
import { productSpeed } from './productSpeed';
import { chosenProvider } from './providers/chosenProvider';
import { resumeRun } from './resumeRun';
import { stageCosts } from './stageRegistry';
import { planRun, readInputs, type EngineEnvironment, type RunInputs } from './runInputs';

declare const TOOL_VERSION: string;

export type EngineContext = CallContext<EngineEvents>;

/**
 * Runs an experiment, or goes on with an interrupted run.
 * @throws ToolError of every kind; what whole layers gave is on disk whatever happens
 */
export async function identify(
  params: IdentifyParams,
  context: EngineContext,
  environment: EngineEnvironment,
): Promise<IdentifyResult> {
  if (params.resumeDir !== undefined) return resumeRun(params.resumeDir, params, context, environment);
  const inputs = await readInputs(params, environment, context.signal);
  try {
    checkJudgeConsent(inputs.experiment, inputs.judgeConsent);
    await checkEncoder(inputs);
    const provider = await chosenProvider(inputs.experiment.engine.provider, context);
    const outDir = params.outDir ?? path.join(path.dirname(inputs.experimentFile), '.safety-region', 'runs');
    await ensureFolder(outDir);
    const { groups, runEstimate } = await planAndEstimate(inputs, outDir);
    context.emit('log', { level: 'info', message: describeEstimate(runEstimate) });
    for (const message of unusedWarnings(inputs.model.unusedTensors, inputs.model.spec)) {
      context.emit('log', { level: 'warn', message });
    }
    const { memoryBudgetMiB } = inputs.experiment.engine;
    refuseIfTooLarge(runEstimate, memoryBudgetMiB, params.allowMemoryShortage);
    const hashes = await inputs.model.sha256(context.signal);
    const manifest = await makeManifest(inputs, provider, groups, hashes);
    const run = await createRun(outDir, inputs.experiment.name, manifest, environment.socket);
    return await carryOutGuarded(run, inputs, provider, params, context);
  } finally {
    await inputs.model.close();
  }
}

/** What a run of `params` would take; nothing is written. */
export async function estimate(
  params: EstimateParams,
  context: EngineContext,
  environment: EngineEnvironment,
): Promise<TimedEstimate> {
  const inputs = await readInputs(params, environment, context.signal);
  try {
    const outDir = params.outDir ?? path.dirname(inputs.experimentFile);
    const { groups, runEstimate } = await planAndEstimate(inputs, outDir);
    const speed = await productSpeed(await threadsFor(inputs.experiment));
    return { ...runEstimate, seconds: estimateSeconds(workOf(inputs, groups), speed) };
  } finally {
    await inputs.model.close();
  }
}

function workOf(inputs: RunInputs, groups: readonly PassGroup[]): Work {
  const { model, methods, datasets, experiment } = inputs;
  return {
    spec: model.spec,
    rows: groups.reduce((sum, group) => sum + group.rows, 0),
    groups: groups.length,
    hasBackward: backwardMethods(methods).length > 0,
    hasReplicates: experiment.replicates !== null,
    selections: datasets.length * methods.length,
    stageUnits: stageCosts(inputs, groups).reduce((sum, cost) => sum + cost.units, 0),
    answers: answerWork(datasets, model.spec, answerMemory(experiment)),
  };
}

async function planAndEstimate(
  inputs: RunInputs,
  outDir: string,
): Promise<{ readonly groups: PassGroup[]; readonly runEstimate: RunEstimate }> {
  const { model, methods, keepScores } = inputs;
  const groups = planRun(inputs, await diskBudgetBytes(inputs.experiment, outDir));
  const runEstimate = await estimateRun({
    spec: model.spec,
    tokenizerBytes: model.files.find(({ name }) => name === 'tokenizer.json')?.bytes ?? 0,
    parameters: model.parameterCount,
    groups,
    methods,
    limits: limitsFor(model.spec),
    keepScores,
    stages: stageCosts(inputs, groups),
    replicates: inputs.experiment.replicates,
    encoderBytes: await similarityBytes(inputs),
    outDir,
  });
  return { groups, runEstimate };
}

async function diskBudgetBytes({ engine }: Experiment, outDir: string): Promise<number> {
  if (engine.diskBudgetMiB !== null) return engine.diskBudgetMiB * 2 ** 20;
  const disk = await statfs(outDir).catch(() => null);
  // Half of what is free: others write too, and regions come on top.
  return disk ? (disk.bavail * disk.bsize) / 2 : Infinity;
}

const threadsFor = async ({ engine }: Experiment): Promise<number> =>
  engine.threads || (await defaultThreads());

async function makeManifest(
  { experiment, experimentFile, model, datasets, promptSets, adapters, keepScores, defaults }: RunInputs,
  provider: Provider,
  groups: readonly PassGroup[],
  files: Record<string, string>,
): Promise<Manifest> {
  return {
    schemaVersion: 1,
    createdAt: new Date().toISOString(),
    experiment,
    experimentFile,
    model: {
      reference: model.reference,
      directory: model.directory,
      modelType: model.spec.modelType,
      parameters: model.parameterCount,
      files,
    },
    adapters: await adapterFiles(adapters),
    versions: { tool: TOOL_VERSION, node: process.versions.node, onnxruntime: runtimeVersion() },
    provider,
    threads: await threadsFor(experiment),
    seed: experiment.sampling.seed,
    datasets: Object.fromEntries(
      [...datasets, ...promptSets].map(({ id, report }) => [
        id,
        { ...report, files: [...report.files], warnings: [...report.warnings] },
      ]),
    ),
    plan: {
      groups: groups.map((group) => group.datasets.map(({ dataset }) => dataset.id)),
      keepScores,
      ...limitsFor(model.spec),
    },
    defaults,
  };
}
