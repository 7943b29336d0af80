/** The Setup tab beside the experiment's text: each shows what the other says. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { eventually } from '../harness/eventually';
import { inRoot } from '../harness/root';
import {
  clearNotifications,
  notification,
  openFile,
  openWorkbench,
  runCommand,
  setColorScheme,
  webview,
} from '../harness/workbench';
import { SAMPLE, sampleWorkspace } from '../harness/workspace';
import type { UiContext, UiTest } from './index';

const STEP_TIMEOUT_MS = 30_000;
const RUN_TIMEOUT_MS = 120_000;
/** A file of the sample that is its utility set, and none of its datasets. */
const SEEDS = 'data/self_instruct_seed/seed_tasks_extract.jsonl';
const CATQA = 'data/catqa/catqa_extract.json';

async function withSetup(
  { page, host }: UiContext,
  work: (frame: FrameLocator) => Promise<void>,
): Promise<void> {
  const workspace = sampleWorkspace();
  try {
    await openWorkbench(page, host, workspace.dir);
    await openFile(page, SAMPLE);
    await page
      .locator('.codelens-decoration a')
      .filter({ hasText: /^\s*Set Up$/ })
      .click({ timeout: STEP_TIMEOUT_MS });
    const frame = webview(page);
    await frame.getByRole('checkbox', { name: CATQA, checked: true }).waitFor({ timeout: STEP_TIMEOUT_MS });
    await work(frame);
  } finally {
    workspace.remove();
  }
}

/** A line of the text in the editor; only those on the screen are there. */
const line = (page: Page, text: string): Locator =>
  page.locator('.monaco-editor .view-line').filter({ hasText: text }).first();

/** Selects a word in the editor, for typing over it. */
const select = (page: Page, word: string): Promise<void> =>
  page.locator('.monaco-editor .view-line span').filter({ hasText: word }).last().dblclick();

async function picture(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  mkdirSync(inRoot('test/.cache/vscode'), { recursive: true });
  await page.waitForTimeout(700);
  await page.screenshot({ path: inRoot('test/.cache/vscode', `${name}.png`) });
}

export const setupTests: readonly UiTest[] = [
  {
    name: 'a dataset ticked in the Setup tab is in the text, and undone there it is unticked here',
    run: (context) =>
      withSetup(context, async (frame) => {
        const { page } = context;
        const box = frame.getByRole('checkbox', { name: SEEDS });
        // What it holds is read before it is ticked.
        await frame
          .getByText(/16 rows .* prompt: instruction \(detected\)/)
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await box.click();
        await line(page, '"id": "seed_tasks_extract"').waitFor({ timeout: STEP_TIMEOUT_MS });
        await line(page, '// Random weights: every step runs in seconds').waitFor();
        await frame.getByText(/16 rows \u00b7 seed_tasks_extract \u00b7 prompt: instruction/).waitFor();

        await line(page, '"name": "sample"').click();
        await page.keyboard.press('Control+Z');
        await frame
          .getByRole('checkbox', { name: SEEDS, checked: false })
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await line(page, '"id": "seed_tasks_extract"').waitFor({ state: 'detached' });
      }),
  },
  {
    name: 'what is typed in the text is shown in the Setup tab, and a text that is no JSON is said and left alone',
    run: (context) =>
      withSetup(context, async (frame) => {
        const { page } = context;
        const name = frame.getByRole('textbox', { name: 'Name' });
        await waitForValue(name, 'sample');
        await select(page, 'sample');
        await page.keyboard.type('renamed');
        await waitForValue(name, 'renamed');

        await page.keyboard.type('" oops');
        await frame.getByText('The file cannot be read as it is now:').waitFor({ timeout: STEP_TIMEOUT_MS });
        await frame.getByRole('checkbox', { name: CATQA, disabled: true }).waitFor();
        assert.equal(await name.inputValue(), 'renamed');
        await line(page, '" oops').waitFor();
        for (let i = 0; i < '" oops'.length; i++) await page.keyboard.press('Backspace');
        await frame.getByText('The file cannot be read as it is now:').waitFor({ state: 'hidden' });
        await frame.getByRole('checkbox', { name: CATQA }).click();
        await line(page, '"id": "catqa"').waitFor({ state: 'detached', timeout: STEP_TIMEOUT_MS });
        await line(page, '"name": "renamed"').waitFor();
      }),
  },
  {
    name: 'methods and their settings are changed in the text by the Setup tab, and what the schema refuses is not',
    run: (context) =>
      withSetup(context, async (frame) => {
        const { page } = context;
        const snip = frame.getByRole('group', { name: 'SNIP' });
        const fraction = snip.getByRole('textbox', { name: 'topFraction', exact: true });
        await fraction.fill('0.01');
        await fraction.press('Enter');
        await line(page, '"snip", "topFraction": 0.01').waitFor({ timeout: STEP_TIMEOUT_MS });
        await fraction.fill('7');
        await fraction.press('Enter');
        await snip.getByText('topFraction cannot be 7.').waitFor({ timeout: STEP_TIMEOUT_MS });
        await line(page, '"snip", "topFraction": 0.01').waitFor();
        await line(page, '"name": "sample"').click();
        await page.keyboard.press('Control+End');
        await frame.getByRole('checkbox', { name: 'SafeNeuron' }).click();
        await line(page, '{ "method": "safeNeuron" }').waitFor({ timeout: STEP_TIMEOUT_MS });
        await frame.getByRole('checkbox', { name: 'Wanda' }).click();
        await line(page, '"wanda"').waitFor({ state: 'detached', timeout: STEP_TIMEOUT_MS });
      }),
  },
  {
    name: 'the Setup tab cancels a run, and runs the experiment until its overlaps are there',
    run: (context) =>
      withSetup(context, async (frame) => {
        const { page } = context;
        const run = frame.getByRole('button', { name: 'Run', exact: true });
        const cancel = frame.getByRole('button', { name: 'Cancel' });
        await eventually(async () => assert.ok(await cancel.isDisabled()));
        await run.click();
        await frame
          .getByRole('progressbar', { name: 'Progress of the run' })
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await cancel.click({ timeout: STEP_TIMEOUT_MS });
        await notification(page, 'Cancelled. What was computed is kept').waitFor({ timeout: RUN_TIMEOUT_MS });
        await clearNotifications(page);

        await run.click({ timeout: STEP_TIMEOUT_MS });
        await frame.getByText(/\d+ %/).first().waitFor({ timeout: RUN_TIMEOUT_MS });
        // The finished run is shown in a tab of its own, before this one.
        await page
          .getByRole('tab', { name: /^Overlap Explorer: sample/ })
          .nth(1)
          .waitFor({ timeout: RUN_TIMEOUT_MS });
        await webview(page).getByRole('tab', { name: 'Overlap' }).waitFor({ timeout: STEP_TIMEOUT_MS });
        // And there the Setup tab shows the same experiment.
        await webview(page).getByRole('tab', { name: 'Setup' }).click();
        await webview(page)
          .getByRole('checkbox', { name: CATQA, checked: true })
          .waitFor({ timeout: STEP_TIMEOUT_MS });
      }),
  },
  {
    name: 'the Setup tab in dark, light and high contrast',
    run: (context) =>
      withSetup(context, async (frame) => {
        const { page } = context;
        await frame.getByText('First rows').first().click();
        await frame
          .getByRole('table', { name: /^First rows of/ })
          .first()
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await runCommand(page, 'View: Close Editors in Other Groups');
        await picture(page, 'setup-dark');
        await setColorScheme(page, 'light');
        await frame.locator('body.vscode-light').waitFor();
        await picture(page, 'setup-light');
        await frame.getByRole('group', { name: 'NLSR' }).scrollIntoViewIfNeeded();
        await picture(page, 'setup-light-methods');
        await page.emulateMedia({ forcedColors: 'active' });
        await frame.locator('body.vscode-high-contrast').waitFor({ timeout: STEP_TIMEOUT_MS });
        await picture(page, 'setup-high-contrast');
      }),
  },
  {
    name: 'in Restricted Mode the Setup tab shows the experiment, reads no dataset and runs nothing',
    isTrustAsked: true,
    run: (context) =>
      withSetup(context, async (frame) => {
        await frame
          .getByText(/Rows are read in trusted workspaces only\.$/)
          .first()
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await frame.getByText(/^Restricted Mode: trust this workspace/).waitFor();
        const run = frame.getByRole('button', { name: 'Run', exact: true });
        await eventually(async () => assert.ok(await run.isDisabled()));
        assert.equal(await frame.getByText('First rows').count(), 0);
      }),
  },
];

async function waitForValue(field: Locator, value: string): Promise<void> {
  await eventually(async () => assert.equal(await field.inputValue(), value));
}
