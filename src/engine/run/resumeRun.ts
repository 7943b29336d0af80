import { readdir } from 'node:fs/promises';
import path from 'node:path';

import type { Experiment } from '../../core/run/experiment';
import type { DatasetReport, PromptSet, Sample } from '../../core/run/sample';
import type { Manifest } from '../../core/run/manifest';
import { secondDrawId } from '../../core/run/replicates';
import type { IdentifyParams, IdentifyResult } from '../../protocol/engine';
import { ToolError, inputError } from '../../protocol/errors';
import { checkJudgeConsent } from '../../store/judging/openJudge';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import type { RunLock } from '../../store/runLock';
import { openModel, type ModelSource } from '../formats/modelDirectory';
import { feedingOf, prepareDatasets } from '../prepare/prepareDatasets';
import { preparePrompts, promptSources } from '../prepare/preparePrompts';
import type { DraftDataset } from '../prepare/promptQueue';
import { wantsSecondDraw } from '../prepare/secondDraw';
import { carryOut } from './carryOut';
import { carryOutGuarded } from './carryOutGuarded';
import { PROVIDERS, type Provider } from '../ort/providers';
import { adapterFiles, openAdapters } from './openAdapters';
import type { EngineContext } from './identify';
import { chosenProvider } from './providers/chosenProvider';
import { methodRuns, withOverrides } from './resolveRun';
import { startsOf } from './runRuntime';
import { checkTokens, type EngineEnvironment, type RunInputs } from './runInputs';

/**
 * Goes on after the last whole layer, with what run.json fixed.
 * @throws ToolError `run-locked`, `run-damaged`, `model-changed` and those of a run
 */
export async function resumeRun(
  runDir: string,
  params: IdentifyParams,
  context: EngineContext,
  { embeddedRoot, socket, isApart }: EngineEnvironment,
): Promise<IdentifyResult> {
  const run = await openRun(runDir, isApart ? HELD_BY_ENGINE : null);
  const finished = { runDir: run.path, wasComplete: true };
  if ((await run.state()) === 'done') {
    await run.removeWork();
    return finished;
  }
  const { manifest } = run;
  checkJudgeConsent(manifest.experiment, params.judge ?? null);
  const release = await run.acquireLock(socket);
  try {
    // Another process may have finished it between the look and the lock.
    if ((await run.state()) === 'done') return finished;
    const model = await openModel(manifest.model.directory, path.dirname(manifest.experimentFile), {
      embeddedRoot,
    });
    try {
      if (!isApart) checkSameFiles('model-changed', manifest.model, await model.sha256(context.signal));
      const experiment = withOverrides(manifest.experiment, params);
      const baseDir = path.dirname(manifest.experimentFile);
      const adapters = await openAdapters(experiment, baseDir, { embeddedRoot, spec: model.spec });
      await checkSameAdapters(adapters, manifest);
      const inputs: RunInputs = {
        experiment,
        experimentFile: manifest.experimentFile,
        model,
        ...(await readTexts(run, experiment, model, context.signal)),
        methods: methodRuns(experiment),
        adapters,
        keepScores: manifest.plan.keepScores === true,
        defaults: manifest.defaults ?? {},
        judgeConsent: params.judge ?? null,
      };
      if (isApart) return await carryOut(run, inputs, providerNamed(params.provider, run), context);
      const provider = await resumedProvider(run, params, experiment, context);
      return await carryOutGuarded(run, inputs, provider, params, context);
    } finally {
      await model.close();
    }
  } finally {
    await release();
  }
}

/** The engine that this process works for lets go of it. */
const HELD_BY_ENGINE: RunLock = { release: () => Promise.resolve() };

/**
 * The one that is named now; else the one that the run had last, or `auto` where that works no more and the run shall
 * go on all the same.
 */
async function resumedProvider(
  run: RunDirectory,
  { provider: named }: IdentifyParams,
  { engine }: Experiment,
  context: EngineContext,
): Promise<Provider> {
  if (named !== undefined) return chosenProvider(named, context);
  const last = providerNamed((await startsOf(run)).at(-1) ?? run.manifest.provider, run);
  try {
    return await chosenProvider(last, context);
  } catch (error) {
    const { code, message } = ToolError.from(error);
    if (code !== 'provider-unavailable' || engine.onProviderFailure === 'stop') throw error;
    context.emit('log', { level: 'warn', message: `${message} The run goes on with another.` });
    return chosenProvider('auto', context, [last]);
  }
}

function providerNamed(name: string | undefined, run: RunDirectory): Provider {
  const found = PROVIDERS.find(({ id }) => id === name);
  if (found) return found.id;
  throw inputError(
    'run-damaged',
    `${run.path}: there is no provider '${name ?? ''}'.`,
    'Name one with --provider.',
  );
}

async function checkSameAdapters(adapters: RunInputs['adapters'], manifest: Manifest): Promise<void> {
  const found = await adapterFiles(adapters);
  for (const expected of manifest.adapters ?? []) {
    const own = found.find(({ reference }) => reference === expected.reference);
    checkSameFiles('adapter-changed', expected, own?.files ?? {});
  }
}

function checkSameFiles(
  code: string,
  { directory, files }: Pick<Manifest['model'], 'directory' | 'files'>,
  hashes: Readonly<Record<string, string>>,
): void {
  for (const [name, hash] of Object.entries(files)) {
    if (hashes[name] === hash) continue;
    throw inputError(
      code,
      `${path.join(directory, name)} is not the file that the run began with.`,
      'Put the original file back, or start a new run.',
    );
  }
}

/** Samples as they were fed; where the run died before all of them were written, they are drawn again. */
async function readTexts(
  run: RunDirectory,
  experiment: Experiment,
  model: ModelSource,
  signal: AbortSignal,
): Promise<Pick<RunInputs, 'datasets' | 'promptSets'>> {
  const baseDir = path.dirname(run.manifest.experimentFile);
  const options = { baseDir, modelDirectory: model.directory, signal };
  const open = feedingOf(experiment, options);
  return {
    datasets:
      (await readStored(run, datasetsOf(experiment), model)) ??
      (await prepareDatasets(experiment, options, open)),
    promptSets:
      (await readStored(run, promptSetsOf(experiment), model, false)) ??
      (await preparePrompts(experiment, open)),
  };
}

function datasetsOf(experiment: Experiment): Pick<DraftDataset, 'id' | 'role'>[] {
  const { datasets, utility } = experiment;
  const first = datasets.map(({ id }) => ({ id, role: 'identification' as const }));
  const seconds = wantsSecondDraw(experiment) ? first : [];
  return [
    ...first,
    ...(utility ? [{ id: utility.id, role: 'utility' as const }] : []),
    ...seconds.map(({ id, role }) => ({ id: secondDrawId(id), role })),
  ];
}

const promptSetsOf = (experiment: Experiment): Pick<PromptSet, 'id' | 'use'>[] =>
  promptSources(experiment).map(({ use, dataset: { id } }) => ({ id, use }));

/** Null where not all of them were written. */
async function readStored<T extends { readonly id: string }>(
  run: RunDirectory,
  sets: readonly T[],
  model: ModelSource,
  haveResponses = true,
): Promise<(T & { readonly report: DatasetReport; readonly samples: readonly Sample[] })[] | null> {
  const written = new Set(await readdir(run.file('samples')).catch((): string[] => []));
  if (!sets.every(({ id }) => written.has(`${id}.jsonl`))) return null;
  const stored = await Promise.all(
    sets.map(async (set) => ({
      ...set,
      report: storedReport(run, set.id),
      samples: await run.readSamples(set.id, haveResponses),
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
