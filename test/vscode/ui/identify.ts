/** The way of a user through the whole system: open an experiment, run it, see the run and its overlaps. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { eventually } from '../harness/eventually';
import {
  notification,
  openFile,
  openRunsView,
  openWorkbench,
  runCommand,
  treeItem,
  webview,
} from '../harness/workbench';
import { SAMPLE, sampleWorkspace, type Workspace } from '../harness/workspace';
import type { UiTest } from './index';

/** The sample takes seconds; a machine with other work takes longer. */
const RUN_TIMEOUT_MS = 120_000;

async function withSample(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = sampleWorkspace();
  try {
    await work(workspace);
  } finally {
    workspace.remove();
  }
}

const textsOf = async (elements: Locator): Promise<string[]> =>
  (await elements.allTextContents()).map((text) => text.trim());

export const identifyTests: readonly UiTest[] = [
  {
    name: 'an empty workspace says what to do, and the button there runs the sample',
    run: ({ page, host }) =>
      withSample(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await page.getByText('No run in this workspace yet').waitFor({ timeout: 30_000 });
        await page.locator('.sidebar').getByRole('button', { name: 'Identify Safety Region' }).last().click();
        await page.locator('.quick-input-widget').getByText('sample', { exact: true }).first().waitFor();
        await page.keyboard.press('Enter');
        await treeItem(page, /sample, done/).waitFor({ timeout: RUN_TIMEOUT_MS });
      }),
  },
  {
    name: 'Identify Safety Region runs the open experiment and opens its overlaps',
    isSmoke: true,
    run: ({ page, host }) =>
      withSample(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await openFile(page, SAMPLE);
        await runCommand(page, 'Identify Safety Region');
        const frame = webview(page);
        await frame.locator('main h1').waitFor({ timeout: RUN_TIMEOUT_MS });
        await treeItem(page, /sample, done/).waitFor({ timeout: 30_000 });

        await frame.locator('main h1').getByText('sample', { exact: true }).waitFor();
        const picker = frame.getByRole('combobox', { name: 'Method' });
        await picker.click();
        await eventually(async () =>
          assert.deepEqual(await textsOf(frame.getByRole('option')), ['SNIP', 'Wanda']),
        );
        await page.keyboard.press('Escape');
        const header = frame.getByRole('grid', { name: /^SNIP: pairwise IoU/ });
        await header.waitFor({ timeout: 30_000 });
        const regions = ['Region', 'harmbench', 'catqa', 'simplesafetytests', 'donotanswer'];
        await eventually(async () =>
          assert.deepEqual(await textsOf(header.getByRole('columnheader')), regions),
        );
      }),
  },
  {
    name: 'a mistake in the experiment is an error message with the log one click away',
    shownError: /sead/,
    run: ({ page, host }) =>
      withSample(async (workspace) => {
        const text = readFileSync(path.join(workspace.dir, SAMPLE), 'utf8').replace('"seed": 0', '"sead": 0');
        writeFileSync(path.join(workspace.dir, 'mistake.safety-region.json'), text);
        await openWorkbench(page, host, workspace.dir);
        await openFile(page, 'mistake.safety-region.json');
        await runCommand(page, 'Identify Safety Region');
        const toast = notification(page, 'sead');
        await toast.waitFor({ timeout: 30_000 });
        await toast.getByRole('button', { name: 'Show Log' }).click();
        // code-server without its native logger writes no log files, so the channel is there and empty.
        const channel = page.locator('.part.panel select:visible').first();
        await channel.waitFor({ timeout: 30_000 });
        await eventually(async () => assert.equal(await channel.inputValue(), 'Safety Region Explorer'));
      }),
  },
];
