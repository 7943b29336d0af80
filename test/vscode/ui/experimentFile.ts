/** An experiment in the editor: the lenses above it and the hover over a dataset, as they are seen. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { openFile, openWorkbench, webview } from '../harness/workbench';
import { SAMPLE, sampleWorkspace } from '../harness/workspace';
import type { UiTest } from './index';

const RUN_TIMEOUT_MS = 120_000;
const STEP_TIMEOUT_MS = 30_000;

const lens = (page: Page, title: string): Locator =>
  page.locator('.codelens-decoration a').filter({ hasText: new RegExp(`^\\s*${title}$`) });

/** Hovers come only where the mouse moves, and an editor that is still drawing may miss it. */
async function hoverOver(page: Page, text: string, expected: RegExp): Promise<void> {
  const target = page.locator('.view-line span').filter({ hasText: text }).last();
  const shown = page.locator('.monaco-hover:visible').filter({ hasText: expected }).first();
  for (let attempt = 1; ; attempt++) {
    await page.mouse.move(5, 5);
    await target.hover({ timeout: STEP_TIMEOUT_MS });
    try {
      await shown.waitFor({ timeout: 5_000 });
      return;
    } catch (error) {
      if (attempt === 4) throw error;
    }
  }
}

export const experimentFileTests: readonly UiTest[] = [
  {
    name: 'above an experiment, Run runs it and Open Last Run comes; its datasets show their rows',
    run: async ({ page, host }) => {
      const workspace = sampleWorkspace();
      try {
        await openWorkbench(page, host, workspace.dir);
        await openFile(page, SAMPLE);
        await hoverOver(
          page,
          'harmbench_extract.csv',
          /harmbench .* 12 rows[\s\S]*Categories: misinformation/,
        );
        await page.mouse.move(5, 5);
        await lens(page, 'Run').click({ timeout: STEP_TIMEOUT_MS });
        await webview(page).locator('main h1').waitFor({ timeout: RUN_TIMEOUT_MS });
        await openFile(page, SAMPLE);
        await lens(page, 'Open Last Run').click({ timeout: STEP_TIMEOUT_MS });
        await webview(page).locator('main h1').waitFor({ timeout: STEP_TIMEOUT_MS });
      } finally {
        workspace.remove();
      }
    },
  },
  {
    name: 'in Restricted Mode an experiment has no Run, and its datasets are not read',
    isTrustAsked: true,
    run: async ({ page, host }) => {
      const workspace = sampleWorkspace();
      try {
        await openWorkbench(page, host, workspace.dir);
        await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ timeout: STEP_TIMEOUT_MS });
        await openFile(page, SAMPLE);
        await hoverOver(page, 'harmbench_extract.csv', /read in trusted workspaces only/);
        assert.equal(await lens(page, 'Run').count(), 0);
      } finally {
        workspace.remove();
      }
    },
  },
];
