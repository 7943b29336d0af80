import path from 'node:path';
import * as vscode from 'vscode';
import { inputError, usageError } from '../protocol/errors';
import type { ExplorerPanels } from './explorer/explorerPanels';
import type { RunReference } from './pickRun';
import { plainMessage } from './plainMessage';
import type { RunCatalog, RunOverview } from './runCatalog';

/**
 * Moves runs to the trash, after a yes.
 * @throws usage error `run-unknown` for a folder that the Runs view does not show: a command can be given any path;
 * input error `run-locked` where a process works on a run
 */
export async function deleteRuns(
  wanted: readonly RunReference[],
  catalog: RunCatalog,
  panels: ExplorerPanels,
): Promise<void> {
  const runs = await known(wanted, catalog);
  const [first] = runs;
  if (!first || !(await agreed(runs, first))) return;
  // Again: minutes may lie between the question and the answer.
  await refuseRunning(runs);
  try {
    const move = trash();
    for (const run of runs) {
      if (!(await move(run))) break;
      panels.close(run.path);
    }
  } finally {
    catalog.refreshSoon(0);
  }
}

async function known(wanted: readonly RunReference[], catalog: RunCatalog): Promise<RunOverview[]> {
  const { entries } = await catalog.seen();
  const shown = new Set(entries.map((entry) => entry.path));
  const runs: RunOverview[] = [];
  for (const { path: runDir } of wanted) {
    const run = shown.has(runDir) ? await (await catalog.index()).overview(runDir) : null;
    if (!run)
      throw usageError('run-unknown', `${runDir} is not a run of this workspace.`, 'Refresh the view.');
    runs.push(run);
  }
  await refuseRunning(runs);
  return runs;
}

async function refuseRunning(runs: readonly RunOverview[]): Promise<void> {
  const { liveLockOwner } = await import('../store/runLock');
  for (const run of runs) {
    const owner = await liveLockOwner(path.join(run.path, 'lock'));
    if (owner) {
      throw inputError(
        'run-locked',
        `${run.path} is in use by process ${owner.pid}.`,
        'Cancel the run, or wait for it, and delete it then.',
      );
    }
  }
}

async function agreed(runs: readonly RunOverview[], first: RunOverview): Promise<boolean> {
  const yes = vscode.l10n.t('Move to Trash');
  const question =
    runs.length === 1
      ? vscode.l10n.t('Delete the run {0}?', path.basename(first.path))
      : vscode.l10n.t('Delete {0} runs?', runs.length);
  const detail = runs.map((run) => run.path).slice(0, 20);
  const chosen = await vscode.window.showWarningMessage(
    plainMessage(question),
    { modal: true, detail: detail.join('\n') },
    yes,
  );
  return chosen === yes;
}

/** Over a remote connection there may be no trash: asks once then, whether to do without. */
function trash(): (run: RunOverview) => Promise<boolean> {
  let isForGood = false;
  return async ({ path: runDir }) => {
    const uri = vscode.Uri.file(runDir);
    if (!isForGood) {
      try {
        await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
        return true;
      } catch (error) {
        const forGood = vscode.l10n.t('Delete Permanently');
        const chosen = await vscode.window.showWarningMessage(
          vscode.l10n.t('The trash cannot be used here. Delete permanently?'),
          { modal: true, detail: `${runDir}\n${error instanceof Error ? error.message : String(error)}` },
          forGood,
        );
        if (chosen !== forGood) return false;
        isForGood = true;
      }
    }
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
    return true;
  };
}
