/** Keeps the context `safetyRegions.engineMissing`, by which the Runs view says what is wrong before anyone runs. */
import * as vscode from 'vscode';
import { missingEngineFile } from './engineFiles';
import { readEngineSettings } from './settings';

export function watchEngineFiles(extensionUri: vscode.Uri, log: vscode.LogOutputChannel): vscode.Disposable {
  const look = async (): Promise<void> => {
    const missing = await missingEngineFile(extensionUri.fsPath, readEngineSettings().nodePath);
    if (missing !== null) log.warn(`The engine cannot be started: there is no ${missing}.`);
    await vscode.commands.executeCommand('setContext', 'safetyRegions.engineMissing', missing !== null);
  };
  void look();
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('safetyRegions.engine.nodePath')) void look();
  });
}
