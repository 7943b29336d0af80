/** Writes one region of a finished run as masks that other programs read. */
import path from 'node:path';
import * as vscode from 'vscode';
import { EXPORT_FORMATS, exportRunRegion, type ExportFormat } from '../store/exportRegion';
import { openRun } from '../store/runDirectory';
import { plainMessage } from './plainMessage';
import { reached } from './walkthrough';
import { withCancel } from './withCancel';

/**
 * @returns the file; undefined where the user dismissed or cancelled
 * @throws ToolError
 */
export async function exportMasksOf(runDir: string): Promise<string | undefined> {
  const run = await openRun(runDir);
  const { regions } = await run.summary();
  const region = await pick(
    vscode.l10n.t('Region to export'),
    regions.map(({ method, dataset, size, unit }) => ({
      label: `${method}/${dataset}`,
      description: `${size.toLocaleString(vscode.env.language)} (${unit})`,
    })),
  );
  if (region === undefined) return undefined;
  const format = await pick(
    vscode.l10n.t('Format'),
    EXPORT_FORMATS.map((label) => ({ label, description: describe(label) })),
  );
  if (format === undefined) return undefined;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Region'),
    defaultUri: vscode.Uri.file(
      path.join(folderFor(runDir), `${region.label.replace('/', '-')}.${format.label}`),
    ),
    filters: { [format.label]: [format.label] },
  });
  if (target === undefined) return undefined;
  const isWritten = await withCancel(vscode.l10n.t('Exporting {0}', region.label), (signal) =>
    exportRunRegion(run, region.label, format.label, target.fsPath, signal),
  );
  if (!isWritten) return undefined;
  reached('exported');
  void offerPath(target);
  return target.fsPath;
}

async function pick<Label extends string>(
  placeHolder: string,
  items: readonly { readonly label: Label; readonly description: string }[],
): Promise<{ readonly label: Label } | undefined> {
  return vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Export Region'),
    ignoreFocusOut: true,
    placeHolder,
    matchOnDescription: true,
  });
}

function describe(format: ExportFormat): string {
  switch (format) {
    case 'safetensors':
      return vscode.l10n.t('Boolean masks under Hugging Face names, for PyTorch');
    case 'npz':
      return vscode.l10n.t('Boolean masks for NumPy');
    case 'json':
      return vscode.l10n.t('Indices of the weights, by parameter');
  }
}

/** Not inside the run, whose files have checksums. */
const folderFor = (runDir: string): string =>
  vscode.workspace.getWorkspaceFolder(vscode.Uri.file(runDir))?.uri.fsPath ?? path.dirname(runDir);

async function offerPath(file: vscode.Uri): Promise<void> {
  const copy = vscode.l10n.t('Copy Path');
  const text = vscode.l10n.t('{0} is written.', path.basename(file.fsPath));
  const chosen = await vscode.window.showInformationMessage(plainMessage(text), copy);
  if (chosen === copy) await vscode.env.clipboard.writeText(file.fsPath);
}
