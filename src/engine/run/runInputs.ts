import path from 'node:path';

import type { JudgeConsent } from '../../core/judges/judgeSettings';
import type { Experiment } from '../../core/run/experiment';
import type { Defaults } from '../../core/run/experimentDefaults';
import type { PreparedDataset, PromptSet } from '../../core/run/sample';
import type { EstimateParams } from '../../protocol/engine';
import { inputError, usageError } from '../../protocol/errors';
import { openModel, type ModelSource } from '../formats/modelDirectory';
import type { PeftAdapter } from '../formats/peft/peftAdapter';
import { feedingOf, prepareDatasets } from '../prepare/prepareDatasets';
import { preparePrompts } from '../prepare/preparePrompts';
import type { DraftDataset } from '../prepare/promptQueue';
import { backwardMethods, type MethodRun } from '../stream/passContext';
import { planGroups, type PassGroup } from '../stream/passPlan';
import { limitsFor } from './limits';
import { openAdapters } from './openAdapters';
import { loadExperiment, methodRuns, withOverrides, withoutOverrides } from './resolveRun';

/** Folder of the models that are shipped with the tool, for `embedded:NAME`. */
export interface EngineEnvironment {
  readonly embeddedRoot: string;
  /** Where the engine can be found when whoever started a run has gone; null: it goes with them. */
  readonly socket: string | null;
  /** Started by an engine, for a run that it has locked and checked (`runApart`). */
  readonly isApart: boolean;
}

/** Everything that a run is made from. */
export interface RunInputs {
  readonly experiment: Experiment;
  readonly experimentFile: string;
  readonly model: ModelSource;
  /** Where the model is to answer, with stand-ins for samples. */
  readonly datasets: readonly DraftDataset[];
  /** Sets of which only the prompts are used. */
  readonly promptSets: readonly PromptSet[];
  readonly methods: readonly MethodRun[];
  /** Each dataset's adapter by its id, utility included; empty where no method is about adapters. */
  readonly adapters: ReadonlyMap<string, PeftAdapter>;
  readonly keepScores: boolean;
  /** Settings that nobody gave, for run.json. */
  readonly defaults: Defaults;
  /** The user's yes to a judge elsewhere, for `openJudge`; never written anywhere. */
  readonly judgeConsent: JudgeConsent | null;
}

/** Reads experiment, model and datasets; the caller closes `model`. Nothing is written. */
export async function readInputs(
  params: EstimateParams,
  { embeddedRoot }: EngineEnvironment,
  signal: AbortSignal,
): Promise<RunInputs> {
  if (params.experimentPath === undefined) {
    throw usageError(
      'experiment-missing',
      'No experiment file was named.',
      'Name a *.safety-region.json file.',
    );
  }
  const loaded = await loadExperiment(params.experimentPath, params.experimentText);
  const experiment = withOverrides(loaded.experiment, params);
  const baseDir = path.dirname(loaded.file);
  const model = await openModel(experiment.model, baseDir, { embeddedRoot });
  try {
    const adapters = await openAdapters(experiment, baseDir, { embeddedRoot, spec: model.spec });
    const options = { baseDir, modelDirectory: model.directory, signal };
    const open = feedingOf(experiment, options);
    const datasets = await prepareDatasets(experiment, options, open);
    const promptSets = await preparePrompts(experiment, open);
    checkTokens([...datasets, ...promptSets], model);
    return {
      experiment,
      experimentFile: loaded.file,
      model,
      datasets,
      promptSets,
      methods: methodRuns(experiment),
      adapters,
      keepScores: params.keepScores ?? false,
      defaults: withoutOverrides(loaded.defaults, params),
      judgeConsent: params.judge ?? null,
    };
  } catch (error) {
    await model.close();
    throw error;
  }
}

export function planRun(
  { datasets, methods, model: { spec } }: RunInputs,
  diskBudgetBytes: number,
): PassGroup[] {
  return planGroups(datasets, spec, {
    maxRows: limitsFor(spec).maxRows,
    diskBudgetBytes,
    keepsAllLayers: backwardMethods(methods).length > 0,
  });
}

/** A tokenizer of another model would index past the embedding. */
export function checkTokens(
  datasets: readonly Pick<PreparedDataset, 'id' | 'samples'>[],
  { spec, reference }: ModelSource,
): void {
  for (const { id, samples } of datasets) {
    for (const { row, tokenIds } of samples) {
      const largest = tokenIds.reduce((max, token) => Math.max(max, token), 0);
      if (largest >= spec.vocabSize) {
        throw inputError(
          'token-out-of-range',
          `Dataset '${id}', row ${row}: token ${largest} is not in the vocabulary of ${reference} (${spec.vocabSize}).`,
          'Use the tokenizer that belongs to the model.',
        );
      }
      if (tokenIds.length > spec.maxPositions) {
        throw inputError(
          'sample-too-long',
          `Dataset '${id}', row ${row}: ${tokenIds.length} tokens, and the model takes ${spec.maxPositions}.`,
          'Lower sampling.maxPromptTokens or sampling.maxResponseTokens.',
        );
      }
    }
  }
}
