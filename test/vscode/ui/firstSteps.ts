/** What a newcomer sees: the walkthrough from a folder to an exported region, and views that have nothing to show. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { openSafetensors } from '../../../src/store/safetensorsFile';
import { addDoneRun, cannedRegion } from '../harness/cannedRun';
import { root } from '../harness/root';
import { virtualWorkspace } from '../harness/virtualWorkspace';
import {
  acceptFileName,
  develop,
  notification,
  openRunsView,
  openWorkbench,
  runCommand,
  treeItem,
  webview,
} from '../harness/workbench';
import { emptyWorkspace, withWorkspace } from '../harness/workspace';
import type { UiTest } from './index';

const LONG_MS = 30_000;
const WALKTHROUGH = 'First Steps with Safety Region Explorer';

async function choose(page: Page, text: string): Promise<void> {
  const row = page.locator('.quick-input-widget').getByRole('option', { name: text }).first();
  await row.click({ timeout: LONG_MS });
}

export const firstStepsTests: readonly UiTest[] = [
  {
    name: 'the walkthrough leads to an open run and an exported region, and ticks off what was done',
    run: async ({ page, host }) => {
      const workspace = emptyWorkspace();
      try {
        await addDoneRun(workspace.runsDir, 'first', '2026-03-02T10:00:00.000Z');
        await openWorkbench(page, host, workspace.dir);
        await runCommand(page, 'Welcome: Open Walkthrough...');
        await choose(page, WALKTHROUGH);
        const step = (title: string): Locator => page.locator('.getting-started-step', { hasText: title });
        const open = async (title: string, action: string): Promise<void> => {
          await step(title).click({ timeout: LONG_MS });
          await step(title).getByRole('button', { name: action, exact: true }).click({ timeout: LONG_MS });
        };
        const isTicked = (title: string): Promise<void> =>
          step(title).and(page.locator('[aria-checked="true"]')).waitFor({ timeout: LONG_MS });

        await open('Watch the run', 'Show Runs');
        await treeItem(page, /^first, done/).waitFor({ timeout: LONG_MS });
        await isTicked('Watch the run');

        await open('Export a region', 'Export Region');
        await choose(page, 'first');
        await choose(page, 'snip/D0');
        await choose(page, 'safetensors');
        await acceptFileName(page);
        await notification(page, 'snip-D0.safetensors is written.').waitFor({ timeout: LONG_MS });
        await isTicked('Export a region');
        const masks = await openSafetensors(path.join(workspace.dir, 'snip-D0.safetensors'));
        const region = cannedRegion(0);
        const [tensor] = [...masks.tensors.values()];
        assert.deepEqual(
          { dtype: tensor?.dtype, shape: tensor?.shape },
          { dtype: 'BOOL', shape: region.shape },
        );
        const flags = new Uint8Array(region.shape[0] * region.shape[1]);
        await masks.readBytes(region.parameter, flags);
        await masks.close();
        const marked = [...flags.keys()].filter((index) => flags[index] === 1);
        assert.deepEqual([marked[0], marked.at(-1), marked.length], [region.first, region.last, region.size]);

        await open('See how far the datasets agree', 'Open Run in Overlap Explorer');
        await choose(page, 'first');
        await webview(page).getByRole('heading', { name: 'first' }).waitFor({ timeout: LONG_MS });
      } finally {
        workspace.remove();
      }
    },
  },
  {
    name: 'without a folder the Runs view offers to open one',
    run: async ({ page, host }) => {
      await openWorkbench(page, host);
      await openRunsView(page);
      await page.getByText('Runs are kept in a folder.').waitFor({ timeout: LONG_MS });
      const view = page.locator('.sidebar');
      await view.getByRole('button', { name: 'Open Folder' }).waitFor();
      await view.getByRole('button', { name: 'First Steps' }).click();
      await page
        .locator('.getting-started-step', { hasText: 'Open a folder' })
        .getByRole('button', { name: 'Open Folder' })
        .waitFor({ timeout: LONG_MS });
    },
  },
  {
    name: 'where the folder is on no disk, the Runs view and Identify Safety Region say so',
    shownError: /^This workspace is not on a disk/,
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        const { folder, extension } = virtualWorkspace(workspace.dir);
        await develop(page, { extensions: [root, extension] });
        await openWorkbench(page, host, folder);
        await openRunsView(page);
        await page
          .getByText('The folder is not on a disk that programs can read.')
          .waitFor({ timeout: LONG_MS });
        await page.locator('.sidebar').getByRole('button', { name: 'Open Folder' }).waitFor();
        await runCommand(page, 'Identify Safety Region');
        await notification(page, 'This workspace is not on a disk that the engine can read.')
          .getByText('Open a folder of this machine.')
          .waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'an engine that cannot be started is said in the Runs view, until the setting is right',
    run: async ({ page, host }) => {
      const workspace = emptyWorkspace();
      const settings = path.join(workspace.dir, '.vscode', 'settings.json');
      try {
        mkdirSync(path.dirname(settings));
        writeFileSync(settings, JSON.stringify({ 'safetyRegions.engine.nodePath': '/nowhere/node' }));
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await page
          .getByText('The program that computes cannot be started here')
          .waitFor({ timeout: LONG_MS });
        await page.locator('.sidebar').getByRole('button', { name: 'Open Settings' }).waitFor();
        writeFileSync(settings, '{}');
        await page.getByText('No run in this workspace yet').waitFor({ timeout: LONG_MS });
      } finally {
        workspace.remove();
      }
    },
  },
];
