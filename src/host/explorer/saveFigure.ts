/** What the page wants kept outside: a file where the user says, or the clipboard. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ToHost } from '../../protocol/explorer/messages';

type Save = Extract<ToHost, { type: 'save' }>;

/** @param runDir whose folder is proposed where no folder is open */
export async function saveFigure({ name, kind, data }: Save, runDir: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(runDir));
  const filters = {
    png: vscode.l10n.t('PNG image'),
    svg: vscode.l10n.t('SVG image'),
    csv: vscode.l10n.t('CSV table'),
  };
  const target = await vscode.window.showSaveDialog({
    // The name comes from the page: a file of this folder, and nothing else.
    defaultUri: vscode.Uri.joinPath(folder, `${name.replace(/[^A-Za-z0-9_-]+/g, '-') || 'figure'}.${kind}`),
    filters: { [filters[kind]]: [kind] },
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(data, kind === 'png' ? 'base64' : 'utf8'));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}', path.basename(target.path)), 5_000);
}

export async function copyText(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 5_000);
}
