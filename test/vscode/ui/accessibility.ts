/** Every view of the explorer, on a run of all methods, against the rules of axe-core in all four kinds of themes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Frame, Page } from 'playwright-core';
import { inRoot } from '../harness/root';
import {
  openRunsView,
  openWorkbench,
  picture,
  setColorScheme,
  treeItem,
  webview,
  type Theme,
} from '../harness/workbench';
import { copyWithoutRuns, emptyWorkspace, type Workspace } from '../harness/workspace';
import type { UiTest } from './index';

const LONG_MS = 30_000;
/** Half a minute where nothing else runs. */
const RUN_TIMEOUT_MS = 600_000;
const THEMES: readonly Theme[] = ['dark', 'light', 'high-contrast-dark', 'high-contrast-light'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const AXE = readFileSync(inRoot('node_modules/axe-core/axe.min.js'), 'utf8');

/** The sample experiment, run by the command line: its run is what the explorer is to show. */
function sampleRun(workspace: Workspace): void {
  copyWithoutRuns('native-models/sample', workspace.dir);
  const { status, stderr } = spawnSync(
    process.execPath,
    [inRoot('dist/cli.js'), 'identify', 'sample.safety-region.json', '--progress', 'none'],
    { cwd: workspace.dir, encoding: 'utf8', timeout: RUN_TIMEOUT_MS },
  );
  assert.equal(status, 0, stderr);
}

async function explorerFrame(page: Page): Promise<Frame> {
  const body = await webview(page).locator('body').elementHandle();
  const frame = await body.ownerFrame();
  assert.ok(frame, 'the explorer has no frame');
  return frame;
}

/** Evaluated from outside, so that the page's policy stays as it is. */
async function violations(frame: Frame, theme: Theme): Promise<string[]> {
  // Of what a page is made of, a theme changes the colours alone.
  const rules = theme === 'dark' ? {} : { runOnly: { type: 'rule', values: COLOUR_RULES } };
  const results = await frame.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(rules)})`);
  return results.violations.map(({ id, help, nodes: [first, ...others] }) => {
    const where = `${first?.target.join(' ') ?? ''} and ${others.length} more`;
    return `${id}: ${help}\n  ${where}\n  ${first?.failureSummary ?? ''}`;
  });
}

/** The tab is shown, and what it asked the host for is there. */
async function openTab(frame: Frame, title: string): Promise<void> {
  await frame.getByRole('tab', { name: title, exact: true }).click();
  await frame.getByRole('tab', { name: title, exact: true, selected: true }).waitFor({ timeout: LONG_MS });
  await frame.locator('vscode-progress-ring').first().waitFor({ state: 'detached', timeout: LONG_MS });
  // Datasets can be ticked when those of the workspace are known.
  if (title === 'Setup') {
    await frame.locator('.dataset vscode-checkbox:not([disabled])').first().waitFor({ timeout: LONG_MS });
  }
}

/** The tables of the figures are made when they are first looked at. */
async function openTables(frame: Frame): Promise<void> {
  const closed = frame.locator('details:not([open]) > summary');
  while ((await closed.count()) > 0) await closed.first().click();
}

/** Of every view, to be looked at, in the cache; of the overlap, for README, on dark and on light. */
async function viewPictures(page: Page, tab: string, theme: Theme): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  mkdirSync(inRoot('test/.cache/vscode/views'), { recursive: true });
  const name = `${tab.toLowerCase().replaceAll(' ', '-')}-${theme}`;
  await page.screenshot({ path: inRoot('test/.cache/vscode/views', `${name}.png`) });
  if (tab === 'Overlap' && !theme.startsWith('high-contrast')) await picture(page, `explorer-${theme}`);
}

export const accessibilityTests: readonly UiTest[] = [
  {
    name: 'no view of the explorer breaks a rule of axe, in any kind of theme',
    run: async ({ page, host }) => {
      const workspace = emptyWorkspace();
      try {
        sampleRun(workspace);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /, done/).click({ timeout: LONG_MS });
        await webview(page).locator('main').waitFor({ timeout: LONG_MS });
        const frame = await explorerFrame(page);
        const tabs = (await frame.getByRole('tab').allTextContents()).map((title) => title.trim());
        assert.ok(tabs.length > 1, tabs.join(', '));
        await frame.evaluate(AXE);
        const found: string[] = [];
        for (const theme of THEMES) {
          await setColorScheme(page, theme);
          await frame
            .locator(`body[data-vscode-theme-kind="vscode-${theme.replace('-dark', '')}"]`)
            .waitFor();
          for (const tab of tabs) {
            await openTab(frame, tab);
            await viewPictures(page, tab, theme);
            if (theme === 'dark') await openTables(frame);
            found.push(
              ...(await violations(frame, theme)).map((violation) => `${theme}, ${tab}: ${violation}`),
            );
          }
        }
        assert.deepEqual(found, []);
      } finally {
        workspace.remove();
      }
    },
  },
];
