/** The experiment that a command is about: one that is there, or for Identify Safety Region one that a guided pick makes. */
import path from 'node:path';
import * as vscode from 'vscode';
import { isDirectory } from '../store/models/pathKind';
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

/** What Set Up Experiment is about: one that is there. Undefined: dismissed. */
export async function experimentToSetUp(argument: unknown): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri && isExperiment(argument)) return argument;
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active && isExperiment(active)) return active;
  const found = await findExperiments();
  if (found.length === 0) return browseExperiment();
  const { l10n } = vscode;
  const texts = { title: l10n.t('Set Up Experiment'), placeHolder: l10n.t('Experiment to set up') };
  return pickExperiment(found, texts, []);
}

function chooseExperiment(found: readonly vscode.Uri[]): Promise<vscode.Uri | 'new' | undefined> {
  const { l10n } = vscode;
  const texts = { title: l10n.t('Identify Safety Region'), placeHolder: l10n.t('Experiment to run') };
  return pickExperiment(found, texts, [
    {
      label: `$(add) ${l10n.t('New experiment, step by step...')}`,
      description: '',
      chosen: () => Promise.resolve('new' as const),
    },
  ]);
}

interface Choice<T> extends vscode.QuickPickItem {
  readonly chosen: () => Promise<vscode.Uri | T | undefined>;
}

/** @param more choices beside the experiments that were found, and any other file */
async function pickExperiment<T>(
  found: readonly vscode.Uri[],
  texts: { readonly title: string; readonly placeHolder: string },
  more: readonly Choice<T>[],
): Promise<vscode.Uri | T | undefined> {
  const experiments = found.map((uri) => ({
    label: path.basename(uri.fsPath, '.safety-region.json'),
    description: vscode.workspace.asRelativePath(uri),
    chosen: () => Promise.resolve(uri),
  }));
  const other = {
    label: `$(folder-opened) ${vscode.l10n.t('Choose another file...')}`,
    description: '',
    chosen: browseExperiment,
  };
  const choices: Choice<T>[] = [...experiments, ...more, other];
  const picked = await vscode.window.showQuickPick(choices, { ...texts, matchOnDescription: true });
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
  const areFolders = await Promise.all(paths.map(isDirectory));
  const [model] = paths.filter((_, i) => areFolders[i]);
  const datasets = paths.filter((one, i) => !areFolders[i] && !isExperiment(vscode.Uri.file(one)));
  return { ...(model !== undefined && { model }), datasets };
}
