/** What the suites ask of the window they run in. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../../src/host/activate';

export const EXTENSION_ID = 'safety-region-explorer.safety-region-explorer';
export const COMMANDS = [
  'identify',
  'setUpExperiment',
  'cancelRun',
  'resumeRun',
  'openRun',
  'refreshRuns',
  'revealRun',
  'revealRunInOS',
  'compareRuns',
  'copyRunAsExperiment',
  'copyRunPath',
  'deleteRun',
  'exportRegion',
  'judgeAnswers',
  'forgetJudgeKeys',
  'showLog',
  'showEngineStatus',
  'pickProvider',
];

export function extension(): vscode.Extension<ExtensionApi> {
  const found = vscode.extensions.getExtension<ExtensionApi>(EXTENSION_ID);
  if (!found) throw new Error(`${EXTENSION_ID} is not installed`);
  return found;
}

export const listRuns: ExtensionApi['listRuns'] = async () => (await extension().activate()).listRuns();

export function workspaceFile(...parts: string[]): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('The suite needs a workspace folder.');
  return vscode.Uri.file(path.join(folder.uri.fsPath, ...parts));
}

/** Titles of the explorer panels that are open. */
export function explorerTabs(): string[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(
      ({ input }) =>
        input instanceof vscode.TabInputWebview && input.viewType.endsWith('safetyRegions.overlapExplorer'),
    )
    .map(({ label }) => label);
}

/** Looks again until it is so. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Not in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const closeAllEditors = async (): Promise<void> => {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
};
