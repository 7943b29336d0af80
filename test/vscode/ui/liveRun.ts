/** The Overlap Explorer of a run that goes on: of another process, and of this window on the embedded model. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { writeLongExperiment } from '../../engine/longExperiment';
import { beginStagesRun } from '../harness/cannedStages';
import { eventually } from '../harness/eventually';
import { whileHalted } from '../harness/runningEngine';
import { openFile, openRunsView, openWorkbench, runCommand, treeItem, webview } from '../harness/workbench';
import { withWorkspace } from '../harness/workspace';
import { pictures } from './pictures';
import type { UiTest } from './index';

const LONG_MS = 30_000;
const RUN_MS = 300_000;
/** The first is some seconds of work; the second is never waited for. */
const LIVE_ROWS = 300;
const CANCELLED_ROWS = 4_000;

function writeProgress(runDir: string, layer: number): void {
  mkdirSync(path.join(runDir, 'work'), { recursive: true });
  const progress = {
    phase: 'forward',
    layer,
    layers: 8,
    batch: 0,
    batches: 1,
    fraction: 0.5,
    secondsLeft: 125,
  };
  const message = `forward, layer ${layer + 1} of 8`;
  writeFileSync(path.join(runDir, 'work', 'progress.json'), JSON.stringify({ ...progress, message }));
}

/** By the palette: the row of a run that goes on is drawn anew every moment, and a click on it may come to nothing. */
async function openRunning(page: Page): Promise<void> {
  await treeItem(page, /^long, running/).waitFor({ timeout: LONG_MS });
  await runCommand(page, 'Open Run');
  await page
    .locator('.quick-input-widget')
    .getByText('long', { exact: true })
    .first()
    .click({ timeout: LONG_MS });
}

export const liveRunTests: readonly UiTest[] = [
  {
    name: 'a run of another process shows its stage, layer and time left, then what there is, then its results',
    run: (context) =>
      withWorkspace(async (workspace) => {
        const { page, host } = context;
        const run = await beginStagesRun(workspace.runsDir, 'live', '2026-03-02T10:00:00.000Z');
        writeProgress(run.path, 2);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /^live, running/).click({ timeout: LONG_MS });
        const frame = webview(page);
        const banner = frame.getByRole('region', { name: 'The run is going on' });
        await banner
          .getByText('50 % \u00b7 2 min left \u00b7 forward, layer 3 of 8')
          .waitFor({ timeout: LONG_MS });
        await banner.getByText('Forward: layer 3 of 8').waitFor();
        await banner.locator('[aria-current="step"]').filter({ hasText: 'Forward' }).waitFor();
        await banner.getByRole('progressbar', { name: 'Progress of the run' }).waitFor();
        // Another process computes it: it is not ours to cancel.
        await banner.getByRole('button', { name: 'Cancel Run' }).waitFor({ state: 'hidden' });
        writeProgress(run.path, 3);
        await banner.getByText('Forward: layer 4 of 8').waitFor({ timeout: LONG_MS });

        await frame.getByRole('tab', { name: 'Neurons' }).waitFor({ state: 'detached' });
        await run.write('safeNeuron');
        await frame.getByRole('tab', { name: 'Neurons' }).click({ timeout: LONG_MS });
        await frame.getByText('1 to 5 of 5').waitFor({ timeout: LONG_MS });
        await banner.getByText('Written so far').click();
        await banner.getByRole('grid', { name: 'Written so far' }).getByText('safeNeuron').waitFor();
        await pictures(context, frame, 'live', 1400);

        await run.write('safeLayer');
        await run.write('nlsr');
        await run.finish();
        await banner.waitFor({ state: 'detached', timeout: LONG_MS });
        await frame.getByRole('tab', { name: 'Layers' }).waitFor({ timeout: LONG_MS });
        // The tab that was looked at is the one that is shown.
        await frame.getByText('1 to 5 of 5').waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'a run of this window is followed in its explorer, which turns into its results by itself',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeLongExperiment(workspace.dir, LIVE_ROWS);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await openFile(page, 'long.safety-region.json');
        await runCommand(page, 'Identify Safety Region');
        const frame = webview(page);
        const banner = frame.getByRole('region', { name: 'The run is going on' });
        await whileHalted(workspace, async () => {
          await openRunning(page);
          await banner.getByText(/Forward: layer \d+ of \d+/).waitFor({ timeout: LONG_MS });
          await banner.getByRole('button', { name: 'Cancel Run' }).waitFor();
          // The Setup tab has neither a second time.
          await frame.getByRole('tab', { name: 'Setup' }).click();
          await frame.getByRole('button', { name: 'Open File' }).waitFor({ timeout: LONG_MS });
          await eventually(async () => {
            assert.equal(await frame.getByRole('button', { name: /^Cancel/ }).count(), 1);
            assert.equal(await frame.getByRole('progressbar', { name: 'Progress of the run' }).count(), 1);
          });
        });
        await banner.waitFor({ state: 'detached', timeout: RUN_MS });
        await frame.getByRole('tab', { name: 'Overlap' }).waitFor({ timeout: LONG_MS });
        await treeItem(page, /^long, done/).waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'Cancel Run in the explorer stops a run of this window, which can be resumed there',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeLongExperiment(workspace.dir, CANCELLED_ROWS);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await openFile(page, 'long.safety-region.json');
        await runCommand(page, 'Identify Safety Region');
        const frame = webview(page);
        const cancel = frame.getByRole('button', { name: 'Cancel Run' });
        await whileHalted(workspace, async () => {
          await openRunning(page);
          await cancel.waitFor({ timeout: LONG_MS });
        });
        await cancel.click();
        await frame.getByRole('button', { name: 'Resume Run' }).waitFor({ timeout: LONG_MS });
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
      }),
  },
];
