/** What the editor knows of experiment files, and of parameters' names elsewhere. Nothing is read before it is asked for. */
import * as vscode from 'vscode';
import type { RunCatalog } from '../runCatalog';
import type { DatasetPreviews } from './datasetPreviews';
import { ExperimentCompletions } from './experimentCompletions';
import { ExperimentDiagnostics } from './experimentDiagnostics';
import { ExperimentHovers } from './experimentHovers';
import { ExperimentLenses } from './experimentLenses';
import { LatestRuns } from './latestRuns';
import { ParameterHovers } from './parameterHovers';

export interface ExperimentFileParts {
  /** Of the models that come with the extension. */
  readonly embeddedRoot: string;
  readonly previews: DatasetPreviews;
  readonly catalog: RunCatalog;
  readonly log: vscode.LogOutputChannel;
}

const EXPERIMENTS: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.safety-region.json' };
const CODE: vscode.DocumentSelector = [{ language: 'python' }, { language: 'json' }, { language: 'jsonc' }];

export function registerExperimentFiles({
  embeddedRoot,
  previews,
  catalog,
  log,
}: ExperimentFileParts): { dispose(): unknown }[] {
  const { languages } = vscode;
  const runs = new LatestRuns(catalog);
  const lenses = new ExperimentLenses(runs, catalog.onDidChange);
  return [
    lenses,
    new ExperimentDiagnostics(previews),
    languages.registerCodeLensProvider(EXPERIMENTS, lenses),
    languages.registerHoverProvider(EXPERIMENTS, new ExperimentHovers(previews)),
    languages.registerHoverProvider(CODE, new ParameterHovers(runs, log)),
    languages.registerCompletionItemProvider(
      EXPERIMENTS,
      new ExperimentCompletions(previews, embeddedRoot),
      ...ExperimentCompletions.triggers,
    ),
  ];
}
