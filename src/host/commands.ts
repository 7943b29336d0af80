/** The palette's commands. Each works from the palette too: what it needs and was not given, it asks for. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { IdentifyParams } from '../protocol/engine';
import type { ExplorerPanels } from './explorer/explorerPanels';
import { chooseExperiment, isExperiment } from './experiments';
import type { IdentifyRunner } from './identify';
import type { JudgeConsents } from './judgeConsent';
import { ANY_STATE, asRun, pickRun } from './pickRun';
import type { Reporter } from './report';
import type { RunCatalog } from './runCatalog';

export interface CommandParts {
  readonly catalog: RunCatalog;
  readonly panels: ExplorerPanels;
  readonly runner: IdentifyRunner;
  readonly reporter: Reporter;
  /** Loaded when first needed: the schemas of experiments and runs cost most of the start's time. */
  readonly consents: () => Promise<JudgeConsents>;
}

export function registerCommands({
  catalog,
  panels,
  runner,
  reporter,
  consents,
}: CommandParts): vscode.Disposable[] {
  const register = (name: string, work: (argument: unknown) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(`safetyRegions.${name}`, (argument: unknown) =>
      reporter.guard(() => work(argument)),
    );

  const now = (name: string, work: () => void): vscode.Disposable =>
    register(name, () => {
      work();
      return Promise.resolve();
    });
  const run = async (title: string, params: IdentifyParams): Promise<string | undefined> => {
    const judge = await (await consents()).forRun(params);
    if (judge === undefined) return undefined;
    const runDir = await runner.run(title, { ...params, ...(judge ? { judge } : {}) });
    catalog.refreshSoon(0);
    if (runDir === null) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Cancelled. What was computed is kept: the run can be resumed from the Runs view.'),
      );
      return undefined;
    }
    await panels.reload(runDir);
    panels.show(runDir, path.basename(runDir));
    return runDir;
  };

  return [
    register('identify', async (argument) => {
      const uri =
        argument instanceof vscode.Uri && isExperiment(argument) ? argument : await chooseExperiment();
      if (!uri) return undefined;
      // What is on the screen is what is meant: the engine reads the file from disk.
      await vscode.workspace.textDocuments.find((document) => document.uri.fsPath === uri.fsPath)?.save();
      const name = path.basename(uri.fsPath, '.safety-region.json');
      return run(vscode.l10n.t('Identifying {0}', name), { experimentPath: uri.fsPath });
    }),
    register('resumeRun', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ['interrupted']));
      if (!chosen) return undefined;
      const name = chosen.name ?? path.basename(chosen.path);
      return run(vscode.l10n.t('Resuming {0}', name), { resumeDir: chosen.path });
    }),
    register('openRun', async (argument) => {
      const chosen = asRun(argument) ?? (await pickRun(catalog, ANY_STATE));
      if (chosen) panels.show(chosen.path, chosen.name ?? path.basename(chosen.path));
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
    now('showLog', () => reporter.log.show()),
  ];
}
