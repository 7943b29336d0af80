/** What Identify Safety Region is to run: an experiment that is there, or one that a guided pick makes. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { browseExperiment, findExperiments, isExperiment } from './experiments';
import type { GuidedPickParts, Picked } from './guidedPick/guidedPick';

/**
 * @param argument of the command: an experiment, or what a context menu was opened on
 * @param selection all that was selected there
 * @returns undefined: dismissed, or made without being run
 */
export async function experimentToRun(
  parts: GuidedPickParts,
  argument: unknown,
  selection: unknown,
): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri) {
    if (isExperiment(argument)) return argument;
    const selected = Array.isArray(selection) ? selection.filter((one) => one instanceof vscode.Uri) : [];
    return make(parts, await pickedOf(selected.length > 0 ? selected : [argument]));
  }
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active && isExperiment(active)) return active;
  const found = await findExperiments();
  if (found.length === 0) return make(parts, {});
  const chosen = await chooseExperiment(found);
  return chosen === 'new' ? make(parts, {}) : chosen;
}

async function chooseExperiment(found: readonly vscode.Uri[]): Promise<vscode.Uri | 'new' | undefined> {
  const { l10n } = vscode;
  const picked = await vscode.window.showQuickPick(
    [
      ...found.map((uri) => ({
        label: path.basename(uri.fsPath, '.safety-region.json'),
        description: vscode.workspace.asRelativePath(uri),
        chosen: () => Promise.resolve<vscode.Uri | undefined>(uri),
      })),
      {
        label: `$(add) ${l10n.t('New experiment, step by step...')}`,
        description: '',
        chosen: () => Promise.resolve('new' as const),
      },
      {
        label: `$(folder-opened) ${l10n.t('Choose another file...')}`,
        description: '',
        chosen: browseExperiment,
      },
    ],
    {
      title: l10n.t('Identify Safety Region'),
      placeHolder: l10n.t('Experiment to run'),
      matchOnDescription: true,
    },
  );
  return picked?.chosen();
}

async function make(parts: GuidedPickParts, picked: Picked): Promise<vscode.Uri | undefined> {
  const { guidedPick } = await import('./guidedPick/guidedPick');
  const outcome = await guidedPick(parts, picked);
  if (!outcome) return undefined;
  const uri = vscode.Uri.file(outcome.file);
  await vscode.window.showTextDocument(uri, { preview: false });
  return outcome.isToRun ? uri : undefined;
}

/** A folder is a model's, and a file a dataset's; the lists say what does not fit. */
async function pickedOf(uris: readonly vscode.Uri[]): Promise<Picked> {
  const paths = uris.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
  const areFolders = await Promise.all(
    paths.map((one) =>
      stat(one).then(
        (found) => found.isDirectory(),
        () => false,
      ),
    ),
  );
  const [model] = paths.filter((_, i) => areFolders[i]);
  const datasets = paths.filter((one, i) => !areFolders[i] && !isExperiment(vscode.Uri.file(one)));
  return { ...(model !== undefined && { model }), datasets };
}
