/** Experiment files: which one a command means, and where they lie in the workspace. */
import path from 'node:path';
import * as vscode from 'vscode';

const ENDING = '.safety-region.json';
const MOST_FOUND = 500;

export const isExperiment = (uri: vscode.Uri): boolean => uri.scheme === 'file' && uri.path.endsWith(ENDING);

export async function findExperiments(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(`**/*${ENDING}`, '**/node_modules/**', MOST_FOUND);
  return found.filter(isExperiment).sort((a, b) => (a.fsPath < b.fsPath ? -1 : 1));
}

/** The active editor's experiment; else the only one there is, or the user's choice. Undefined: dismissed. */
export async function chooseExperiment(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active && isExperiment(active)) return active;

  const found = await findExperiments();
  if (found.length === 0) return browse();
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Choose another file...')}`, uri: undefined };
  const picked = await vscode.window.showQuickPick(
    [
      ...found.map((uri) => ({
        label: path.basename(uri.fsPath, ENDING),
        description: vscode.workspace.asRelativePath(uri),
        uri,
      })),
      { ...other, description: '' },
    ],
    {
      title: vscode.l10n.t('Identify Safety Region'),
      placeHolder: vscode.l10n.t('Experiment to run'),
      matchOnDescription: true,
    },
  );
  if (!picked) return undefined;
  return picked.uri ?? browse();
}

async function browse(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose an experiment (*.safety-region.json)'),
    openLabel: vscode.l10n.t('Run'),
    filters: { [vscode.l10n.t('Experiment')]: ['json'] },
  });
  return chosen?.[0];
}
