/** Entry point of the extension: makes the parts and wires them. Nothing is read or started before it is needed. */
import * as vscode from 'vscode';
import { registerCommands, type CommandParts } from './commands';
import { CurrentRun } from './currentRun';
import { EngineHolder } from './engineHolder';
import { watchEngineFiles } from './engineWelcome';
import { EXPLORER_VIEW_TYPE, ExplorerPanels } from './explorer/explorerPanels';
import { EngineStatus, showEngineStatus } from './engineStatus';
import { ExperimentRuns } from './experimentRuns';
import { DatasetPreviews } from './experimentFile/datasetPreviews';
import { registerExperimentFiles } from './experimentFile/registerExperimentFiles';
import { IdentifyRunner } from './identify';
import { watchProvider } from './providerStatus';
import { Reporter } from './report';
import { registerRunActions } from './runActions';
import { RunCatalog, type RunOverview } from './runCatalog';
import { RunTree } from './runTree';
import { readEngineSettings } from './settings';
import { reached } from './walkthrough';

/** What other extensions, and tests, may ask. */
export interface ExtensionApi {
  /** The workspace's runs, newest first: what the Runs view shows. */
  listRuns(): Promise<RunOverview[]>;
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const log = vscode.window.createOutputChannel('Safety Region Explorer', { log: true });
  const reporter = new Reporter(log);
  const catalog = new RunCatalog();
  const tree = new RunTree(catalog);
  const view = tree.createView();
  const status = new EngineStatus();
  const engines = new EngineHolder({
    enginePath: vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.js').fsPath,
    settings: readEngineSettings,
    log,
    stateChanged: (state) => status.engineChanged(state),
  });
  const previews = new DatasetPreviews(engines, log);
  const current = new CurrentRun();
  const embeddedRoot = vscode.Uri.joinPath(context.extensionUri, 'native-models').fsPath;
  const panels = new ExplorerPanels({
    extensionUri: context.extensionUri,
    reporter,
    isOurs: (runDir) => tree.isOurs(runDir),
    setup: { embeddedRoot, previews, current },
  });
  const runner = new IdentifyRunner(engines, {
    started: (runDir) => {
      reached('identified');
      runs.began(runDir);
      tree.began(runDir);
      catalog.addRun(runDir);
    },
    progressed: (progress) => {
      tree.setProgress(progress);
      status.runChanged(progress);
      current.progressed(progress);
    },
    preparing: () => status.runChanged('preparing'),
    cancelling: () => status.runChanged('cancelling'),
  });
  const consents: CommandParts['consents'] = async () =>
    new (await import('./judgeConsent')).JudgeConsents(context);
  const memory = context.workspaceState;
  const runs = new ExperimentRuns({ catalog, panels, runner, reporter, consents, memory });
  context.subscriptions.push(
    log,
    catalog,
    current,
    engines,
    status,
    tree,
    view,
    watchEngineFiles(context.extensionUri, log),
    watchProvider(),
    vscode.window.registerWebviewPanelSerializer(EXPLORER_VIEW_TYPE, panels),
    ...registerCommands({
      catalog,
      panels,
      runs,
      runner,
      reporter,
      guidedPick: { embeddedRoot, engines, previews },
      consents,
      showEngineStatus: () => showEngineStatus(runner.isRunning, () => engines.stopIdle()),
      pickProvider: async () => (await import('./pickProvider')).pickProvider(engines),
    }),
    ...registerRunActions({ catalog, panels, reporter, tree, view }),
    ...registerExperimentFiles({ embeddedRoot, previews, catalog, log }),
  );
  catalog.onDidLook((locked) => void reporter.guard(() => runs.adopt(locked)));
  void reporter.guard(() => runs.reattach());
  return { listRuns: () => catalog.list() };
}

export function deactivate(): void {
  // Everything is in context.subscriptions.
}
