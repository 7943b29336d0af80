/** The palette's commands. Each works from the palette too: what it needs and was not given, it asks for. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExperimentRuns } from './experimentRuns';
import type { ExplorerPanels } from './explorer/explorerPanels';
import type { GuidedPickParts } from './guidedPick/guidedPick';
import type { IdentifyRunner } from './identify';
import { experimentToRun, experimentToSetUp } from './identifyCommand';
import type { JudgeConsents } from './judgeConsent';
import { ANY_STATE, asRun, pickRun } from './pickRun';
import type { Reporter } from './report';
import type { RunCatalog } from './runCatalog';

export interface CommandParts {
  readonly catalog: RunCatalog;
  readonly panels: ExplorerPanels;
  readonly runs: ExperimentRuns;
  readonly runner: IdentifyRunner;
  readonly reporter: Reporter;
  readonly guidedPick: GuidedPickParts;
  /** Loaded when first needed: the schemas of experiments and runs cost most of the start's time. */
  readonly consents: () => Promise<JudgeConsents>;
  readonly showEngineStatus: () => Promise<void>;
  readonly pickProvider: () => Promise<void>;
}

export function registerCommands({
  catalog,
  panels,
  runs,
  runner,
  reporter,
  guidedPick,
  consents,
  showEngineStatus,
  pickProvider,
}: CommandParts): vscode.Disposable[] {
  const register = (
    name: string,
    work: (argument: unknown, selection: unknown) => Promise<unknown>,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(`safetyRegions.${name}`, (argument: unknown, selection: unknown) =>
      reporter.guard(() => work(argument, selection)),
    );

  const now = (name: string, work: () => void): vscode.Disposable =>
    register(name, () => {
      work();
      return Promise.resolve();
    });
  return [
    register('identify', async (argument, selection) => {
      const uri = await experimentToRun(guidedPick, argument, selection);
      if (!uri) return undefined;
      // What is on the screen is what is meant: the engine reads the file from disk.
      const open = vscode.workspace.textDocuments.find((document) => document.uri.fsPath === uri.fsPath);
      if (open?.isDirty === true) await open.save();
      const name = path.basename(uri.fsPath, '.safety-region.json');
      return runs.start(vscode.l10n.t('Identifying {0}', name), { experimentPath: uri.fsPath });
    }),
    register('setUpExperiment', async (argument) => {
      const uri = await experimentToSetUp(argument);
      if (uri) panels.setUp(uri);
    }),
    register('resumeRun', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ['interrupted']));
      return chosen && runs.resume(chosen);
    }),
    register('openRun', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ANY_STATE));
      if (chosen) panels.show(chosen.path);
    }),
    register('revealRun', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ANY_STATE));
      if (!chosen) return;
      const uri = vscode.Uri.file(path.join(chosen.path, 'run.json'));
      const isInside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
      await vscode.commands.executeCommand(isInside ? 'revealInExplorer' : 'revealFileInOS', uri);
    }),
    register('judgeAnswers', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ['done']));
      if (!chosen) return undefined;
      const { judgeAnswersOf } = await import('./judgeAnswers');
      return judgeAnswersOf(chosen.path, await consents());
    }),
    register('exportRegion', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ['done']));
      if (!chosen) return undefined;
      const { exportMasksOf } = await import('./exportMasks');
      return exportMasksOf(chosen.path);
    }),
    register('forgetJudgeKeys', async () => {
      await (await consents()).forgetKeys();
      void vscode.window.showInformationMessage(vscode.l10n.t('No key of a judge is kept any more.'));
    }),
    now('refreshRuns', () => catalog.refreshSoon(0)),
    now('cancelRun', () => runner.cancel()),
    register('showEngineStatus', showEngineStatus),
    register('pickProvider', pickProvider),
    now('showLog', () => reporter.log.show()),
  ];
}
