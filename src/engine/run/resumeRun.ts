import { readdir } from 'node:fs/promises';
import path from 'node:path';

import type { Experiment } from '../../core/run/experiment';
import type { DatasetReport, PromptSet } from '../../core/run/sample';
import type { Manifest } from '../../core/run/manifest';
import type { IdentifyParams, IdentifyResult } from '../../protocol/engine';
import { inputError } from '../../protocol/errors';
import { checkJudgeConsent } from '../../store/judging/openJudge';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import { openModel, type ModelSource } from '../formats/modelDirectory';
import { prepareDatasets } from '../prepare/prepareDatasets';
import { preparePrompts, promptSources } from '../prepare/preparePrompts';
import type { DraftDataset } from '../prepare/promptQueue';
import { carryOut } from './carryOut';
import { adapterFiles, openAdapters } from './openAdapters';
import type { EngineContext } from './identify';
import { methodRuns, withOverrides } from './resolveRun';
import { checkTokens, type EngineEnvironment, type RunInputs } from './runInputs';

/**
 * Goes on after the last whole layer, with what run.json fixed.
 * @throws ToolError `run-locked`, `run-damaged`, `model-changed` and those of a run
 */
export async function resumeRun(
  runDir: string,
  params: IdentifyParams,
  context: EngineContext,
  { embeddedRoot }: EngineEnvironment,
): Promise<IdentifyResult> {
  const run = await openRun(runDir);
  const finished = { runDir: run.path, wasComplete: true };
  if ((await run.state()) === 'done') {
    await run.removeWork();
    return finished;
  }
  const { manifest } = run;
  checkJudgeConsent(manifest.experiment, params.judge ?? null);
  const release = await run.acquireLock();
  try {
    // Another process may have finished it between the look and the lock.
    if ((await run.state()) === 'done') return finished;
    const model = await openModel(manifest.model.directory, path.dirname(manifest.experimentFile), {
      embeddedRoot,
    });
    try {
      await checkSameModel(model, manifest, context.signal);
      const experiment = withOverrides(manifest.experiment, params);
      const baseDir = path.dirname(manifest.experimentFile);
      const adapters = await openAdapters(experiment, baseDir, { embeddedRoot, spec: model.spec });
      await checkSameAdapters(adapters, manifest);
      const inputs = {
        experiment,
        experimentFile: manifest.experimentFile,
        model,
        datasets: await storedDatasets(run, experiment, model, context.signal),
        promptSets: await storedPrompts(run, experiment, model, context.signal),
        methods: methodRuns(experiment),
        adapters,
        keepScores: manifest.plan.keepScores === true,
        defaults: manifest.defaults ?? {},
        judgeConsent: params.judge ?? null,
      };
      return await carryOut(run, inputs, context);
    } finally {
      await model.close();
    }
  } finally {
    await release();
  }
}

async function checkSameModel(
  model: ModelSource,
  { model: expected }: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const hashes = await model.sha256(signal);
  for (const [name, hash] of Object.entries(expected.files)) {
    if (hashes[name] !== hash) {
      throw inputError(
        'model-changed',
        `${path.join(expected.directory, name)} is not the file that the run began with.`,
        'Put the original file back, or start a new run.',
      );
    }
  }
}

async function checkSameAdapters(adapters: RunInputs['adapters'], manifest: Manifest): Promise<void> {
  const found = await adapterFiles(adapters);
  for (const expected of manifest.adapters ?? []) {
    const own = found.find(({ reference }) => reference === expected.reference);
    for (const [name, hash] of Object.entries(expected.files)) {
      if (own?.files[name] === hash) continue;
      throw inputError(
        'adapter-changed',
        `${path.join(expected.directory, name)} is not the file that the run began with.`,
        'Put the original file back, or start a new run.',
      );
    }
  }
}

/** Samples as they were fed; where the run died before all of them were written, they are drawn again. */
async function storedDatasets(
  run: RunDirectory,
  experiment: Experiment,
  model: ModelSource,
  signal: AbortSignal,
): Promise<DraftDataset[]> {
  const sets = [
    ...experiment.datasets.map(({ id }) => ({ id, role: 'identification' as const })),
    ...(experiment.utility ? [{ id: experiment.utility.id, role: 'utility' as const }] : []),
  ];
  const written = new Set(await readdir(run.file('samples')).catch((): string[] => []));
  if (!sets.every(({ id }) => written.has(`${id}.jsonl`))) {
    const baseDir = path.dirname(run.manifest.experimentFile);
    return prepareDatasets(experiment, { baseDir, modelDirectory: model.directory, signal });
  }
  const stored = await Promise.all(
    sets.map(async ({ id, role }) => ({
      id,
      role,
      report: storedReport(run, id),
      samples: await run.readSamples(id),
    })),
  );
  checkTokens(stored, model);
  return stored;
}

async function storedPrompts(
  run: RunDirectory,
  experiment: Experiment,
  model: ModelSource,
  signal: AbortSignal,
): Promise<PromptSet[]> {
  const sources = promptSources(experiment).map(({ use, dataset: { id } }) => ({ use, id }));
  const written = new Set(await readdir(run.file('samples')).catch((): string[] => []));
  if (!sources.every(({ id }) => written.has(`${id}.jsonl`))) {
    const baseDir = path.dirname(run.manifest.experimentFile);
    return preparePrompts(experiment, { baseDir, modelDirectory: model.directory, signal });
  }
  const stored = await Promise.all(
    sources.map(async ({ use, id }) => ({
      id,
      use,
      report: storedReport(run, id),
      samples: await run.readSamples(id, false),
    })),
  );
  checkTokens(stored, model);
  return stored;
}

function storedReport(run: RunDirectory, id: string): DatasetReport {
  const report = run.manifest.datasets[id];
  if (report) return report;
  throw inputError('run-damaged', `${run.file('run.json')}: no dataset '${id}'.`, 'Start a new run.');
}
