import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { findWeightMethod } from '../../core/methods/registry';
import { isWeightSettings, parseExperiment, type Experiment } from '../../core/run/experiment';
import { experimentDefaults, type Defaults } from '../../core/run/experimentDefaults';
import { readJsonWithComments } from '../../core/run/jsonDocument';
import { usageError } from '../../protocol/errors';
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

const OVERRIDABLE = ['provider', 'onProviderFailure', 'threads'] as const;
type Overridable = Pick<Experiment['engine'], (typeof OVERRIDABLE)[number]>;

/** What the command line or the editor's settings say in place of the file. */
export type EngineOverrides = { readonly [K in keyof Overridable]?: Overridable[K] | undefined };

export function withOverrides(experiment: Experiment, overrides: EngineOverrides): Experiment {
  const given = Object.fromEntries(givenIn(overrides).map((key) => [key, overrides[key]]));
  return { ...experiment, engine: { ...experiment.engine, ...given } };
}

/** What neither the file nor the one who started the run said, and what it came to. */
export function withoutOverrides(defaults: Defaults, overrides: EngineOverrides): Defaults {
  const given = new Set(givenIn(overrides).map((key) => `engine.${key}`));
  return Object.fromEntries(Object.entries(defaults).filter(([path]) => !given.has(path)));
}

const givenIn = (overrides: EngineOverrides) => OVERRIDABLE.filter((key) => overrides[key] !== undefined);

export function methodRuns(experiment: Experiment): MethodRun[] {
  return experiment.methods.filter(isWeightSettings).map((settings) => {
    const method = findWeightMethod(settings.method);
    if (!method) throw usageError('method-unavailable', `No method '${settings.method}'.`, 'See the README.');
    const { topFraction, utilityTopFraction, scope } = settings;
    return { method, topFraction, utilityTopFraction, scope };
  });
}
