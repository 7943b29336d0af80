/** What the editor knows of experiment files, and of parameters' names elsewhere. Nothing is read before it is asked for. */
import * as vscode from 'vscode';
import type { EngineHolder } from '../engineHolder';
import type { RunCatalog } from '../runCatalog';
import { DatasetPreviews } from './datasetPreviews';
import { ExperimentCompletions } from './experimentCompletions';
import { ExperimentDiagnostics } from './experimentDiagnostics';
import { ExperimentHovers } from './experimentHovers';
import { ExperimentLenses } from './experimentLenses';
import { LatestRuns } from './latestRuns';
import { ParameterHovers } from './parameterHovers';

export interface ExperimentFileParts {
  readonly extensionUri: vscode.Uri;
  readonly engines: EngineHolder;
  readonly catalog: RunCatalog;
  readonly log: vscode.LogOutputChannel;
}

const EXPERIMENTS: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.safety-region.json' };
const CODE: vscode.DocumentSelector = [{ language: 'python' }, { language: 'json' }, { language: 'jsonc' }];

export function registerExperimentFiles({
  extensionUri,
  engines,
  catalog,
  log,
}: ExperimentFileParts): { dispose(): unknown }[] {
  const { languages } = vscode;
  const previews = new DatasetPreviews(engines, log);
  // Made first, so that it has forgotten the old runs when the lenses ask.
  const runs = new LatestRuns(catalog);
  const embeddedRoot = vscode.Uri.joinPath(extensionUri, 'native-models').fsPath;
  const lenses = new ExperimentLenses(runs, catalog.onDidChange);
  return [
    runs,
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
