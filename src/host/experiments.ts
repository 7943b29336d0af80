/** Experiment files: which one a command means, and where they lie in the workspace. */
import * as vscode from 'vscode';
import { findOnDisk } from './diskFolders';

const ENDING = '.safety-region.json';
const MOST_FOUND = 500;

export const isExperiment = (uri: vscode.Uri): boolean => uri.scheme === 'file' && uri.path.endsWith(ENDING);

export async function findExperiments(): Promise<vscode.Uri[]> {
  const found = await findOnDisk(`**/*${ENDING}`, '**/node_modules/**', MOST_FOUND);
  return found.sort().map((file) => vscode.Uri.file(file));
}

/** Undefined: dismissed. */
export async function browseExperiment(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose an experiment (*.safety-region.json)'),
    openLabel: vscode.l10n.t('Run'),
    filters: { [vscode.l10n.t('Experiment')]: ['json'] },
  });
  return chosen?.[0];
}
