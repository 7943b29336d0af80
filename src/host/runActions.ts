/** What can be done with runs in the Runs view, and from the palette: each asks for the runs it was not given. */
import path from 'node:path';
import * as vscode from 'vscode';
import { inputError, usageError } from '../protocol/errors';
import { deleteRuns } from './deleteRuns';
import { diskFolders } from './diskFolders';
import { experimentCopy } from './experimentCopy';
import type { ExplorerPanels } from './explorer/explorerPanels';
import { ANY_STATE, asRun, pickRun, pickRuns, type RunReference } from './pickRun';
import type { Reporter } from './report';
import type { RunCatalog } from './runCatalog';
import { isRun, type RunTree, type RunTreeElement } from './runTree';

export interface RunActionParts {
  readonly catalog: RunCatalog;
  readonly panels: ExplorerPanels;
  readonly reporter: Reporter;
  readonly tree: RunTree;
  readonly view: vscode.TreeView<RunTreeElement>;
}

/** What package.json's keybindings give as argument: the runs that are selected in the view. */
const SELECTION = 'selection';

export function registerRunActions({
  catalog,
  panels,
  reporter,
  tree,
  view,
}: RunActionParts): vscode.Disposable[] {
  /** A view with several items selected gives the clicked one, then all. */
  const register = (
    name: string,
    work: (runs: readonly RunReference[]) => Promise<unknown>,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(`safetyRegions.${name}`, (clicked: unknown, selected: unknown) =>
      reporter.guard(() =>
        work(clicked === SELECTION ? view.selection.filter(isRun) : given(clicked, selected)),
      ),
    );
  const oneOf = async (
    runs: readonly RunReference[],
    states: typeof ANY_STATE,
  ): Promise<RunReference | undefined> => runs[0] ?? pickRun(catalog, states);

  return [
    register('deleteRun', async (runs) => {
      const chosen = runs.length > 0 ? runs : [await pickRun(catalog, ['done', 'interrupted', 'broken'])];
      await deleteRuns(
        chosen.flatMap((run) => run ?? []),
        catalog,
        panels,
      );
    }),
    register('copyRunPath', async (runs) => {
      const run = await oneOf(runs, ANY_STATE);
      if (!run) return;
      const paths = (runs.length > 1 ? runs : [run]).map((of) => of.path);
      await vscode.env.clipboard.writeText(paths.join('\n'));
    }),
    register('revealRunInOS', async (runs) => {
      const run = await oneOf(runs, ANY_STATE);
      if (run) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(run.path));
    }),
    register('copyRunAsExperiment', async (runs) => {
      const run = await oneOf(runs, ['done', 'running', 'interrupted']);
      if (run) await openCopy(run.path);
    }),
    register('compareRuns', async (runs) => {
      const chosen = runs.length > 1 ? runs : [...runs, ...(await others(runs, catalog))];
      if (chosen.length < 2) {
        if (chosen.length === runs.length) return; // Dismissed.
        throw usageError('too-few-runs', 'One run was chosen.', 'Choose two or more to compare.');
      }
      panels.show(...chosen.map((of) => of.path));
    }),
    vscode.commands.registerCommand('safetyRegions.showOlderRuns', (groupId: unknown) =>
      tree.showMore(groupId),
    ),
  ];
}

function given(clicked: unknown, selected: unknown): readonly RunReference[] {
  const run = asRun(clicked);
  if (!run) return [];
  const all: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const runs = all.flatMap((one) => asRun(one) ?? []);
  return runs.some((one) => one.path === run.path) ? runs : [run];
}

async function others(runs: readonly RunReference[], catalog: RunCatalog): Promise<readonly RunReference[]> {
  const picked = await pickRuns(catalog, ['done'], vscode.l10n.t('Choose runs of one model to compare'));
  return picked.filter((run) => runs.every((one) => one.path !== run.path));
}

/** Beside the experiment it was made from where that is in the workspace, so that its paths stay as they are. */
async function openCopy(runDir: string): Promise<void> {
  const { openRun } = await import('../store/runDirectory');
  const { manifest } = await openRun(runDir);
  const origin = vscode.Uri.file(path.dirname(manifest.experimentFile));
  const folder = vscode.workspace.getWorkspaceFolder(origin) ? origin.fsPath : diskFolders()[0];
  if (folder === undefined) {
    throw inputError('no-folder', 'No folder is open to put the experiment in.', 'Open a folder first.');
  }
  const note = vscode.l10n.t(
    'The experiment of {0}. Relative paths start from {1}.',
    path.basename(runDir),
    folder,
  );
  const document = await untitled(folder, path.basename(manifest.experimentFile).replace(/\..*$/, ''));
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), experimentCopy(manifest, folder, note));
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document);
}

/** Not saved, with a name that no file there has: saving asks for none, and overwrites none. */
async function untitled(folder: string, name: string): Promise<vscode.TextDocument> {
  for (let i = 1; ; i++) {
    const uri = vscode.Uri.file(
      path.join(folder, `${name}-copy${i === 1 ? '' : `-${i}`}.safety-region.json`),
    );
    const isTaken =
      vscode.workspace.textDocuments.some((document) => document.uri.fsPath === uri.fsPath) ||
      (await vscode.workspace.fs.stat(uri).then(
        () => true,
        () => false,
      ));
    if (!isTaken) return vscode.workspace.openTextDocument(uri.with({ scheme: 'untitled' }));
  }
}
