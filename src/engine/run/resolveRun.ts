import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { findWeightMethod } from '../../core/methods/registry';
import { isWeightSettings, parseExperiment, type Experiment } from '../../core/run/experiment';
import { experimentDefaults, type Defaults } from '../../core/run/experimentDefaults';
import { readJsonWithComments } from '../../core/run/jsonDocument';
import { usageError } from '../../protocol/errors';
import type { ProviderName } from '../../protocol/engine';
import type { MethodRun } from '../stream/passContext';

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** Absolute path of the file, whose folder relative paths start from. */
  readonly file: string;
  /** What the file leaves to the program. */
  readonly defaults: Defaults;
}

/**
 * @param content what the file is going to say; left out: it is read
 * @throws ToolError `experiment-missing` and those of parseExperiment
 */
export async function loadExperiment(experimentPath: string, content?: string): Promise<LoadedExperiment> {
  const file = path.resolve(experimentPath);
  const text = content ?? (await readText(file));
  const experiment = parseExperiment(text, file);
  return {
    experiment,
    file,
    defaults: experimentDefaults(readJsonWithComments(text, file).value, experiment),
  };
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(
      'experiment-missing',
      `Cannot read ${file}: ${reason}`,
      'Name a *.safety-region.json file.',
    );
  });

/** What the command line or the editor's settings say in place of the file. */
export interface EngineOverrides {
  readonly provider?: ProviderName | undefined;
  readonly threads?: number | undefined;
}

export function withOverrides(experiment: Experiment, { provider, threads }: EngineOverrides): Experiment {
  return {
    ...experiment,
    engine: {
      ...experiment.engine,
      ...(provider === undefined ? {} : { provider }),
      ...(threads === undefined ? {} : { threads }),
    },
  };
}

/** What neither the file nor the one who started the run said, and what it came to. */
export function withoutOverrides(defaults: Defaults, { provider, threads }: EngineOverrides): Defaults {
  const given = new Set([
    ...(provider === undefined ? [] : ['engine.provider']),
    ...(threads === undefined ? [] : ['engine.threads']),
  ]);
  return Object.fromEntries(Object.entries(defaults).filter(([path]) => !given.has(path)));
}

export function methodRuns(experiment: Experiment): MethodRun[] {
  return experiment.methods.filter(isWeightSettings).map((settings) => {
    const method = findWeightMethod(settings.method);
    if (!method) throw usageError('method-unavailable', `No method '${settings.method}'.`, 'See the README.');
    const { topFraction, utilityTopFraction, scope } = settings;
    return { method, topFraction, utilityTopFraction, scope };
  });
}
