/** What the page wants kept outside: a file where the user says, or the clipboard. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ToHost } from '../../protocol/explorer/messages';
import { writeFileAtomic } from '../../store/atomicFile';
import { neuronCsv } from '../../store/neuronList';
import { withCancel } from '../withCancel';
import type { ShownRuns } from './shownRuns';

type Save = Extract<ToHost, { type: 'save' }>;

/** @param runDir whose folder is proposed where no folder is open */
export async function saveFigure({ name, kind, data }: Save, runDir: string): Promise<void> {
  const target = await askWhere(name, kind, runDir);
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(data, kind === 'png' ? 'base64' : 'utf8'));
  saysSaved(target);
}

/** All of a list of neurons, in the file that the user names. @throws ToolError the codes of `ShownRuns.neurons` */
export async function saveNeurons(
  { name, choice }: Extract<ToHost, { type: 'saveNeurons' }>,
  runs: ShownRuns,
): Promise<void> {
  const target = await askWhere(name, 'csv', runs.dirs[0] ?? '');
  if (!target) return;
  const isWritten = await withCancel(vscode.l10n.t('Writing the list of neurons'), async (signal) =>
    writeFileAtomic(target.fsPath, neuronCsv(await runs.neurons(choice, signal), choice, signal)),
  );
  if (isWritten) saysSaved(target);
}

async function askWhere(name: string, kind: Save['kind'], runDir: string): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(runDir));
  const filters = {
    png: vscode.l10n.t('PNG image'),
    svg: vscode.l10n.t('SVG image'),
    csv: vscode.l10n.t('CSV table'),
  };
  return vscode.window.showSaveDialog({
    // The name comes from the page: a file of this folder, and nothing else.
    defaultUri: vscode.Uri.joinPath(folder, `${name.replace(/[^\p{L}\p{N}_-]+/gu, '-') || 'figure'}.${kind}`),
    filters: { [filters[kind]]: [kind] },
  });
}

const saysSaved = (target: vscode.Uri): void => {
  vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}', path.basename(target.path)), 5_000);
};

export async function copyText(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 5_000);
}
