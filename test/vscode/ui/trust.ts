/** Restricted Mode: look, do not run. */
import assert from 'node:assert/strict';
import { addDoneRun } from '../harness/cannedRun';
import { openRunsView, openWorkbench, treeItem, webview } from '../harness/workbench';
import { emptyWorkspace } from '../harness/workspace';
import type { UiTest } from './index';

export const trustTests: readonly UiTest[] = [
  {
    name: 'in Restricted Mode runs can be looked at, and none can be started',
    isTrustAsked: true,
    isSmoke: true,
    run: async ({ page, host }) => {
      const workspace = emptyWorkspace();
      try {
        await addDoneRun(workspace.runsDir, 'ten datasets', '2026-03-02T10:00:00.000Z');
        await openWorkbench(page, host, workspace.dir);
        await page.locator('.statusbar').getByText('Restricted Mode').waitFor({ timeout: 30_000 });
        await openRunsView(page);
        await treeItem(page, /^ten datasets, done/).click({ timeout: 30_000 });
        await webview(page).getByRole('grid', { name: 'SNIP: pairwise IoU' }).waitFor({ timeout: 30_000 });

        await page.keyboard.press('F1');
        const widget = page.locator('.quick-input-widget');
        await widget.locator('input.input').fill('>Safety Regions: ');
        // Listed by title: what is there without trust stands around the place of what is not.
        const rows = widget.locator('.monaco-list-row');
        for (const shown of ['Copy Path of Run', 'Show Log']) {
          await rows.filter({ hasText: `Safety Regions: ${shown}` }).waitFor({ timeout: 30_000 });
        }
        const titles = await rows.allTextContents();
        assert.ok(!titles.some((title) => title.includes('Safety Regions: Identify')), titles.join('\n'));
      } finally {
        workspace.remove();
      }
    },
  },
];
