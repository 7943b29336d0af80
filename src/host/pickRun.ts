/** Which run a command means: the one it was given, or the user's choice. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunCatalog, RunOverview } from './runCatalog';
import { stateName } from './runRow';

export type RunReference = Pick<RunOverview, 'path'> & Partial<Pick<RunOverview, 'name'>>;
type States = readonly RunOverview['state'][];

export const ANY_STATE: States = ['done', 'running', 'interrupted', 'broken'];

/** Commands can be called by anyone with anything: take a run only where it looks like one. */
export function asRun(argument: unknown): RunReference | undefined {
  if (typeof argument !== 'object' || argument === null || !('path' in argument)) return undefined;
  if (typeof argument.path !== 'string' || !path.isAbsolute(argument.path)) return undefined;
  const name = 'name' in argument && typeof argument.name === 'string' ? argument.name : undefined;
  return { path: argument.path, ...(name === undefined ? {} : { name }) };
}

/** Undefined: dismissed, or there is none, which is said. */
export async function pickRun(catalog: RunCatalog, states: States): Promise<RunOverview | undefined> {
  const items = await choices(catalog, states);
  if (items.length === 0) return undefined;
  return (await vscode.window.showQuickPick(items, options(vscode.l10n.t('Choose a run'))))?.run;
}

/** @param placeHolder what is wanted of the choice */
export async function pickRuns(
  catalog: RunCatalog,
  states: States,
  placeHolder: string,
): Promise<readonly RunOverview[]> {
  const items = await choices(catalog, states);
  if (items.length === 0) return [];
  const picked = await vscode.window.showQuickPick(items, { ...options(placeHolder), canPickMany: true });
  return (picked ?? []).map(({ run }) => run);
}

const options = (placeHolder: string): vscode.QuickPickOptions => ({
  title: vscode.l10n.t('Runs'),
  placeHolder,
  // From the walkthrough: its page and the Runs view may take the focus a moment later.
  ignoreFocusOut: true,
  matchOnDescription: true,
  matchOnDetail: true,
});

async function choices(
  catalog: RunCatalog,
  states: States,
): Promise<(vscode.QuickPickItem & { readonly run: RunOverview })[]> {
  const runs = (await catalog.list()).filter(({ state }) => states.includes(state));
  const nameOf = (state: RunOverview['state']): string => stateName(state, vscode.l10n);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no such run in this workspace ({0}).', states.map(nameOf).join(', ')),
    );
  }
  return runs.map((run) => ({
    label: run.name,
    description: nameOf(run.state),
    detail: run.path,
    run,
  }));
}
