/** The Overlap Explorer of a run whose numbers are known beforehand, opened as a user does. */
import type { FrameLocator, Locator } from 'playwright-core';
import { addDoneRun, addInterruptedRun } from '../harness/cannedRun';
import { openRunsView, openWorkbench, treeItem, webview } from '../harness/workbench';
import { addBrokenRun, withWorkspace, type Workspace } from '../harness/workspace';
import type { UiContext } from './index';

export const LONG_MS = 30_000;

/** A done run (`ten datasets`), an interrupted one (`cut short`) and a broken one. */
export const withRuns = (work: (workspace: Workspace) => Promise<void>): Promise<void> =>
  withWorkspace(async (workspace) => {
    await addDoneRun(workspace.runsDir, 'ten datasets', '2026-03-02T10:00:00.000Z');
    await addInterruptedRun(workspace.runsDir, 'cut short', '2026-03-01T10:00:00.000Z');
    addBrokenRun(workspace);
    await work(workspace);
  });

/** @param tab left out: the first */
export async function openExplorer(
  { page, host }: UiContext,
  workspace: Workspace,
  run: string,
  tab?: string,
): Promise<FrameLocator> {
  await openWorkbench(page, host, workspace.dir);
  await openRunsView(page);
  await treeItem(page, new RegExp(`^${run}, `)).click({ timeout: LONG_MS });
  const frame = webview(page);
  await frame.locator('main').waitFor({ timeout: LONG_MS });
  if (tab !== undefined) await frame.getByRole('tab', { name: tab }).click();
  return frame;
}

export const gridOf = async (frame: FrameLocator, name: RegExp): Promise<Locator> => {
  const grid = frame.getByRole('grid', { name });
  await grid.waitFor({ timeout: LONG_MS });
  return grid;
};
