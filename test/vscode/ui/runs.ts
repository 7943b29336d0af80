/** The Runs view: experiments and their runs, what other processes do, and what can be done with runs. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { addDoneRun, addInterruptedRun } from '../harness/cannedRun';
import { whenWritten } from '../harness/savedFile';
import {
  acceptFile,
  chooseFromMenu,
  openMenu,
  openRunsView,
  openWorkbench,
  reloadWindow,
  treeItem,
  webview,
} from '../harness/workbench';
import { withWorkspace } from '../harness/workspace';
import { pictures } from './pictures';
import type { UiTest } from './index';

const LONG_MS = 30_000;

/** Selects both and chooses `title` from their menu. */
async function menuOfBoth(page: Page, names: readonly [RegExp, RegExp], title: string): Promise<void> {
  const [first, second] = names.map((name) => treeItem(page, name));
  await first?.click({ timeout: LONG_MS });
  await second?.click({ modifiers: ['ControlOrMeta'] });
  if (second) await chooseFromMenu(page, second, title);
}

const progressOf = (layer: number): string =>
  JSON.stringify({
    phase: 'backward',
    layer,
    layers: 30,
    batch: 0,
    batches: 1,
    fraction: 0.5,
    secondsLeft: 125,
    message: `backward, layer ${layer + 1} of 30`,
  });

/** From its beginning on, the page notes in `wasShown` whether a view showed the text, however short. */
async function watchFor(page: Page, text: string): Promise<void> {
  await page.addInitScript({
    content: `new MutationObserver(() => {
      if (document.querySelector('.pane-body')?.textContent.includes(${JSON.stringify(text)})) window.wasShown = true;
    }).observe(document, { subtree: true, childList: true, characterData: true })`,
  });
}

export const runsTests: readonly UiTest[] = [
  {
    name: 'while runs are still being read, after a reload, the view does not say that there are none',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await addDoneRun(workspace.runsDir, 'kept', '2026-03-01T10:00:00.000Z');
        await watchFor(page, 'No run in this workspace yet');
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /^kept, done/).waitFor({ timeout: LONG_MS });
        await reloadWindow(page);
        await treeItem(page, /^kept, done/).waitFor({ timeout: LONG_MS });
        assert.equal(await page.evaluate('window.wasShown === true'), false);
        const run = path.join(workspace.runsDir, (await readdir(workspace.runsDir))[0] ?? '');
        rmSync(run, { recursive: true });
        await page.getByText('No run in this workspace yet').waitFor({ timeout: LONG_MS });
        assert.equal(await page.evaluate('window.wasShown'), true);
      }),
  },
  {
    name: 'tabs of two runs of one experiment have titles of their own, and after a reload each run has its tab still',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        const times = ['2026-03-01T10:00:00.000Z', '2026-03-02T10:00:00.000Z'];
        for (const time of times) await addDoneRun(workspace.runsDir, 'twice', time);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        const [newer, older] = [0, 1].map((place) => treeItem(page, /^twice, done/).nth(place));
        const tab = (day: string): Locator =>
          page.getByRole('tab', { name: new RegExp(`^Overlap Explorer: twice, 2026-03-${day} `) });
        const shown = (day: string): Locator => tab(day).and(page.locator('[aria-selected="true"]'));
        await newer?.click({ timeout: LONG_MS });
        await shown('02').waitFor({ timeout: LONG_MS });
        await webview(page).getByRole('heading', { name: 'twice' }).waitFor({ timeout: LONG_MS });
        await webview(page).getByRole('tab', { name: 'Convergence' }).click();
        await older?.click({ timeout: LONG_MS });
        await shown('01').waitFor({ timeout: LONG_MS });
        await reloadWindow(page);
        await shown('01').waitFor({ timeout: LONG_MS });
        // Not asked for since the reload: VS Code has its tab, and we have no panel of it.
        await openRunsView(page);
        await newer?.click({ timeout: LONG_MS });
        await shown('02').waitFor({ timeout: LONG_MS });
        await webview(page)
          .getByRole('tab', { name: 'Convergence', selected: true })
          .waitFor({ timeout: LONG_MS });
        assert.equal(await tab('02').count(), 1);
      }),
  },
  {
    name: 'the Runs view has runs under their experiment; one of another process shows its layer and time left',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await addDoneRun(workspace.runsDir, 'older', '2026-03-01T10:00:00.000Z');
        await addDoneRun(workspace.runsDir, 'elsewhere', '2026-03-02T10:00:00.000Z');
        const runDir = await addInterruptedRun(workspace.runsDir, 'elsewhere', '2026-03-03T10:00:00.000Z');
        const lock = path.join(runDir, 'lock');
        writeFileSync(lock, JSON.stringify({ pid: process.pid, startTime: null, token: 'test' }));
        mkdirSync(path.join(runDir, 'work'));
        writeFileSync(path.join(runDir, 'work', 'progress.json'), progressOf(11));
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, 'Experiment elsewhere, 2 runs, 1 running').waitFor({ timeout: LONG_MS });
        await treeItem(page, 'Experiment older, 1 run').waitFor();
        await treeItem(page, /^elsewhere, running, .*50 % . 2 min left . backward, layer 12 of 30/).waitFor();
        writeFileSync(path.join(runDir, 'work', 'progress.json'), progressOf(10));
        await treeItem(page, /^elsewhere, running, .*layer 11 of 30/).waitFor({ timeout: 10_000 });
        rmSync(lock);
        await treeItem(page, /^elsewhere, interrupted/).waitFor({ timeout: 10_000 });
        await treeItem(page, 'Experiment elsewhere, 2 runs').waitFor();
      }),
  },
  {
    name: 'selected runs of one model are compared in one explorer; those of two models are refused with a way out',
    run: (context) =>
      withWorkspace(async (workspace) => {
        const { page, host } = context;
        await addDoneRun(workspace.runsDir, 'one', '2026-03-01T10:00:00.000Z');
        await addDoneRun(workspace.runsDir, 'two', '2026-03-02T10:00:00.000Z');
        const other = await addDoneRun(workspace.runsDir, 'other', '2026-03-03T10:00:00.000Z');
        const manifest = path.join(other, 'run.json');
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('0'.repeat(64), '1'.repeat(64)));
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await menuOfBoth(page, [/^one, done/, /^two, done/], 'Compare Runs');
        const frame = webview(page);
        await frame.getByRole('heading', { name: /^(one, two|two, one)$/ }).waitFor({ timeout: LONG_MS });
        const legend = await frame.locator('dl.run-legend').innerText();
        assert.match(legend, /^A\s+2026030[12]-100000-(one|two)-\w+ 2026-03-0[12] 10:00 UTC\s+B\s+2026/);
        const [, first = ''] = /^A\s+(\S+)/.exec(legend) ?? [];
        await pictures(context, frame, 'compared', 900);
        const grid = frame.getByRole('grid', { name: /, heatmap$/ });
        await grid.focus();
        await frame
          .getByRole('status')
          .filter({ hasText: /^A\/D0, A\/D0: 1$/ })
          .waitFor({ timeout: LONG_MS });
        const save = async (kind: string): Promise<string> => {
          const names = first.includes('-one-') ? 'one-two' : 'two-one';
          const name = `${names}-snip-SNIP-IoU-of-every-pair-as-selected.${kind}`;
          const file = path.join(workspace.dir, name);
          await frame
            .getByRole('button', { name: `Save ${kind.toUpperCase()}` })
            .first()
            .click();
          await acceptFile(page, file);
          return (await whenWritten(file)).toString();
        };
        assert.match(await save('svg'), new RegExp(`<text[^>]*>A: ${first}, 2026-03-0[12] 10:00 UTC</text>`));
        assert.match(await save('csv'), new RegExp(`^${first}/D0,`, 'm'));
        await page.keyboard.press('ControlOrMeta+w');
        await menuOfBoth(page, [/^one, done/, /^other, done/], 'Compare Runs');
        await webview(page).getByText('are runs of different models').waitFor({ timeout: LONG_MS });
        await webview(page).getByText('Compare runs of one model').waitFor();
      }),
  },
  {
    name: 'the Delete key asks, and then takes the run away',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await addDoneRun(workspace.runsDir, 'kept', '2026-03-01T10:00:00.000Z');
        const runDir = await addInterruptedRun(workspace.runsDir, 'gone', '2026-03-02T10:00:00.000Z');
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /^gone, interrupted/).click({ timeout: LONG_MS });
        const remove = async (answer: string): Promise<void> => {
          // The menu gives the focus back to the tree when it goes, where a click would open the run.
          const menu = await openMenu(page, treeItem(page, /^gone, interrupted/), 'Delete Run');
          await page.keyboard.press('Escape');
          await menu.waitFor({ state: 'detached' });
          const button = page.locator('.monaco-dialog-box').getByRole('button', { name: answer });
          // The menu gives the focus back to the tree a moment after it has gone.
          for (let tries = 0; tries < 10 && !(await button.isVisible()); tries++) {
            await page.keyboard.press('Delete');
            await button.waitFor({ timeout: 3_000 }).catch(() => undefined);
          }
          await button.click();
        };
        await remove('Cancel');
        assert.ok(existsSync(runDir));
        await remove('Move to Trash');
        // A server has no trash: that is said, and asked.
        const forGood = page
          .locator('.monaco-dialog-box')
          .getByRole('button', { name: 'Delete Permanently' });
        const gone = treeItem(page, /^gone, /);
        await Promise.race([
          gone.waitFor({ state: 'detached', timeout: LONG_MS }),
          forGood.click({ timeout: LONG_MS }),
        ]);
        await gone.waitFor({ state: 'detached', timeout: LONG_MS });
        assert.ok(!existsSync(runDir));
        await treeItem(page, /^kept, done/).waitFor();
      }),
  },
  {
    name: 'in Restricted Mode an empty Runs view leads to trust',
    isTrustAsked: true,
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await page.getByText('Identifying a region needs a trusted workspace').waitFor({ timeout: LONG_MS });
        await page.locator('.sidebar').getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
      }),
  },
];
