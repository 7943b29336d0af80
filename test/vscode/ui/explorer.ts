/** The Overlap Explorer on a run whose numbers are known beforehand. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { CANNED_DATASETS, cannedIoU, cannedIsoIoU } from '../harness/cannedRun';
import { eventually } from '../harness/eventually';
import { whenWritten } from '../harness/savedFile';
import {
  acceptFile,
  openRunsView,
  openWorkbench,
  reloadWindow,
  treeItem,
  webview,
} from '../harness/workbench';
import { gridOf, LONG_MS, openExplorer, withRuns } from './openExplorer';
import type { UiTest } from './index';

const ISO = 'Subtract the utility region (iso-utility)';

async function pickMethod(frame: FrameLocator, title: string): Promise<void> {
  await frame.getByRole('combobox', { name: 'Method' }).click();
  await frame.getByRole('option', { name: title }).click();
}

/** Rows of cells as texts, headers included. */
async function cells(grid: Locator): Promise<string[][]> {
  const rows = await grid.getByRole('row').all();
  return Promise.all(rows.map((row) => row.locator('vscode-data-grid-cell .value').allTextContents()));
}

const shown = (value: number | null): string =>
  value === null ? '\u2013' : value === 0 || value === 1 ? String(value) : value.toPrecision(3);

async function assertPairwise(
  frame: FrameLocator,
  iou: (a: number, b: number) => number | null,
): Promise<void> {
  const grid = await gridOf(frame, /pairwise IoU/);
  const ids = Array.from({ length: CANNED_DATASETS }, (_, index) => index);
  const expected = [
    ['Region', ...ids.map((id) => `D${id}`)],
    ...ids.map((a) => [`D${a}`, ...ids.map((b) => shown(iou(a, b)))]),
  ];
  await eventually(async () => assert.deepEqual(await cells(grid), expected));
}

export const explorerTests: readonly UiTest[] = [
  {
    name: 'the Runs view lists runs with their state in words',
    run: ({ page, host }) =>
      withRuns(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /ten datasets, done/).waitFor({ timeout: LONG_MS });
        await treeItem(page, /cut short, interrupted/).waitFor();
        await treeItem(page, /, broken/).waitFor();
      }),
  },
  {
    name: 'the explorer has a tab a view, by mouse and by keyboard, and comes back to the one that was shown',
    run: (context) =>
      withRuns(async (workspace) => {
        const { page } = context;
        const frame = await openExplorer(context, workspace, 'ten datasets');
        const tab = (name: string): Locator => frame.getByRole('tab', { name, selected: true });
        await tab('Overlap').waitFor();
        await frame.getByRole('tab', { name: 'Run' }).click();
        await tab('Run').waitFor();
        await frame
          .getByRole('tabpanel', { name: 'Run' })
          .getByRole('grid', { name: /^Datasets/ })
          .waitFor();
        // The run itself is not about one method.
        assert.equal(await frame.getByRole('combobox', { name: 'Method' }).count(), 0);
        await frame.getByRole('tab', { name: 'Overlap' }).click();
        await tab('Overlap').waitFor();
        await page.keyboard.press('ArrowRight');
        await tab('Floors and ceilings').waitFor();
        await page.keyboard.press('ArrowRight');
        await tab('Convergence').waitFor();
        await frame
          .getByRole('tabpanel', { name: 'Convergence' })
          .getByRole('img')
          .first()
          .waitFor({ timeout: LONG_MS });
        await pickMethod(frame, 'Wanda');
        await frame.getByRole('img', { name: /^Wanda: n-way IoU\./ }).waitFor({ timeout: LONG_MS });

        await reloadWindow(page);
        const restored = webview(page);
        await restored
          .getByRole('tab', { name: 'Convergence', selected: true })
          .waitFor({ timeout: LONG_MS });
        await restored.getByRole('img', { name: /^Wanda: n-way IoU\./ }).waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'the pairwise table shows the IoU of the regions, counted by hand',
    isSmoke: true,
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        await assertPairwise(frame, cannedIoU);
        // 320 of 6,400 at random: E[J] is near q / (2 - q) = 0.0256.
        const grid = await gridOf(frame, /pairwise IoU/);
        const notes = grid.locator('.note');
        const pairs = CANNED_DATASETS * (CANNED_DATASETS - 1);
        await eventually(async () => assert.equal(await notes.count(), pairs));
        for (const note of await notes.allTextContents()) assert.match(note, /^random 0\.025\d$/);
      }),
  },
  {
    name: 'the iso-utility switch changes the numbers, by keyboard too, and survives a reload of the window',
    run: (context) =>
      withRuns(async (workspace) => {
        const { page } = context;
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        const box = frame.getByRole('checkbox', { name: ISO });
        await box.focus();
        await page.keyboard.press('Space');
        await frame
          .getByRole('heading', { name: 'SNIP: IoU of every pair, without the utility region' })
          .first()
          .waitFor();
        await assertPairwise(frame, cannedIsoIoU);
        await frame.getByRole('checkbox', { name: ISO, checked: true }).waitFor();

        await reloadWindow(page);
        const restored = webview(page);
        await restored
          .getByRole('heading', { name: 'SNIP: IoU of every pair, without the utility region' })
          .first()
          .waitFor({ timeout: LONG_MS });
        await assertPairwise(restored, cannedIsoIoU);
      }),
  },
  {
    name: 'the convergence chart has a table twin with the same curves',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Convergence');
        await pickMethod(frame, 'Wanda');
        const chart = frame.getByRole('img', { name: /^Wanda: n-way IoU\./ });
        await chart.waitFor({ timeout: LONG_MS });
        assert.ok(((await chart.boundingBox())?.height ?? 0) > 200, 'the chart has no height');
        const figure = frame.getByRole('figure', { name: 'Wanda: n-way IoU', exact: true });
        await figure.getByText('Table', { exact: true }).click();
        await figure.getByRole('row').nth(CANNED_DATASETS).waitFor({ timeout: LONG_MS });
        const table = await figure.getByRole('row').all();
        const [header = [], ...rows] = await Promise.all(
          table.map((row) => row.locator('th, td').allInnerTexts()),
        );
        assert.deepEqual(header.slice(0, 3), ['regions (n)', 'forward', 'backward']);
        // Regions are shifted windows: n of them share what the outermost two share, so the curve is known.
        rows.forEach((row, index) => {
          const iou = index === 0 ? '1' : cannedIoU(0, index).toFixed(4);
          assert.deepEqual(row.slice(0, 3), [String(index + 1), iou, iou]);
        });
        assert.equal(rows.length, CANNED_DATASETS);
      }),
  },
  {
    name: 'the overlap is shown by another measure, and in one part of the model, which a reload keeps',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        const choose = async (label: string, option: string): Promise<void> => {
          await frame.getByRole('combobox', { name: label }).click({ timeout: LONG_MS });
          await frame.getByRole('option', { name: option, exact: true }).click();
        };
        await choose('Measure', 'Dice');
        const dice = await gridOf(frame, /^SNIP: pairwise Dice as selected/);
        // Regions 0 and 2 share 280 of their 320 weights each.
        await eventually(async () => assert.equal((await cells(dice))[1]?.[3], '0.875'));
        await choose('Part of the model', 'One kind of module');
        const module = await gridOf(frame, /^SNIP: pairwise IoU as selected/);
        await eventually(async () => assert.equal((await cells(module))[1]?.[3], shown(cannedIoU(0, 2))));
        const title = 'SNIP: IoU of every pair, as selected, q_proj';
        await frame.getByRole('figure', { name: title, exact: true }).waitFor();

        await reloadWindow(context.page);
        await webview(context.page)
          .getByRole('figure', { name: title, exact: true })
          .waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'the heatmap is walked through by keyboard, and says each cell with its floor',
    run: (context) =>
      withRuns(async (workspace) => {
        const { page } = context;
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        const grid = await gridOf(frame, /, heatmap$/);
        await grid.focus();
        const status = frame.getByRole('status').filter({ hasText: /^D/ });
        await status.filter({ hasText: /^D0, D0: 1$/ }).waitFor();
        await page.keyboard.press('ArrowDown');
        for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
        // Regions 1 and 3 share 280 of 360 weights.
        await status.filter({ hasText: /^D1, D3: 0\.7778 . random 0\.025\d$/ }).waitFor();
        assert.equal(await grid.getByRole('gridcell').getAttribute('aria-colindex'), '4');
        await page.keyboard.press('Control+End');
        await status.filter({ hasText: /^D9, D9: 1$/ }).waitFor();
      }),
  },
  {
    name: 'a figure is saved as CSV, SVG and PNG where the user says',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        const save = async (kind: string): Promise<Buffer> => {
          const file = path.join(
            workspace.dir,
            `ten-datasets-snip-SNIP-IoU-of-every-pair-as-selected.${kind}`,
          );
          await frame.getByRole('button', { name: `Save ${kind.toUpperCase()}` }).click({ timeout: LONG_MS });
          await acceptFile(context.page, file);
          return whenWritten(file);
        };
        const [head, ...rows] = (await save('csv')).toString().trimEnd().split('\n');
        const ids = Array.from({ length: CANNED_DATASETS }, (_, index) => index);
        assert.equal(head, `,${ids.map((id) => `D${id}`).join(',')}`);
        ids.forEach((a) => {
          const [id, ...values] = (rows[a] ?? '').split(',');
          assert.equal(id, `D${a}`);
          ids.forEach((b) => assert.equal(Number(values[b]), cannedIoU(a, b), `D${a}, D${b}`));
        });
        const svg = (await save('svg')).toString();
        assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
        assert.match(svg, /<title>D1, D3: 0\.7778<\/title>/);
        const png = await save('png');
        assert.equal(png.subarray(1, 4).toString(), 'PNG');
        // Width and height of a picture twice as fine as the SVG.
        const [, width = '', height = ''] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
        assert.equal(png.readUInt32BE(16), Math.round(2 * Number(width)));
        assert.ok(Math.abs(png.readUInt32BE(20) - 2 * Number(height)) <= 2);
      }),
  },
  {
    name: 'an interrupted run says so and offers to resume',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'cut short');
        await frame.getByRole('heading', { name: 'No overlaps to show' }).waitFor();
        await frame.getByRole('button', { name: 'Resume Run' }).waitFor();
      }),
  },
];
