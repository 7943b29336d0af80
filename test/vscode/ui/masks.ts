/** The Masks view, on a run whose counts are known: from all layers to the tiles of a matrix and back. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { addMaskRun } from '../harness/cannedMasks';
import { addStagesRun } from '../harness/cannedStages';
import { whenWritten } from '../harness/savedFile';
import {
  acceptFile,
  openRunsView,
  openWorkbench,
  reloadWindow,
  treeItem,
  webview,
} from '../harness/workbench';
import { emptyWorkspace, type Workspace } from '../harness/workspace';
import type { UiContext, UiTest } from './index';
import { pictures } from './pictures';

const LONG_MS = 30_000;
const MODULES = 'Density by layer and module';

async function withMasks(
  context: UiContext,
  work: (view: FrameLocator, workspace: Workspace) => Promise<void>,
  addRun: (runsDir: string, name: string, createdAt: string) => Promise<unknown> = addMaskRun,
): Promise<void> {
  const { page, host } = context;
  const workspace = emptyWorkspace();
  try {
    await addRun(workspace.runsDir, 'masks', '2026-03-02T10:00:00.000Z');
    await openWorkbench(page, host, workspace.dir);
    await openRunsView(page);
    await treeItem(page, /^masks, /).click({ timeout: LONG_MS });
    const view = webview(page);
    await view.getByRole('tab', { name: 'Masks' }).click({ timeout: LONG_MS });
    await gridOf(view, MODULES).waitFor({ timeout: LONG_MS });
    await work(view, workspace);
  } finally {
    workspace.remove();
  }
}

const gridOf = (view: FrameLocator, title: string): Locator =>
  view.getByRole('grid', { name: `${title}, heatmap` });

const figureOf = (view: FrameLocator, title: string): Locator => view.getByRole('figure', { name: title });

/** The rows of a figure's table, which it opens. */
async function tableOf(view: FrameLocator, title: string): Promise<string[]> {
  const figure = figureOf(view, title);
  await figure.getByText('Table', { exact: true }).click();
  const body = figure.getByRole('table').locator('tbody tr');
  await body.first().waitFor({ timeout: LONG_MS });
  const rows = await body.all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allTextContents()).join(' ')));
}

/** What the focused cell of a grid says. */
const cellOf = (grid: Locator): Locator => grid.getByRole('gridcell');

async function choose(view: FrameLocator, label: string, option: string): Promise<void> {
  await view.getByRole('combobox', { name: label }).click();
  await view.getByRole('option', { name: option, exact: true }).click();
}

export const masksTests: readonly UiTest[] = [
  {
    name: 'masks: the grids show the counts of the chosen regions, counted by hand',
    run: (context) =>
      withMasks(context, async (view) => {
        await view.getByText('D0: 40 of 2,432 weights (1.64 %)').waitFor();
        assert.deepEqual((await tableOf(view, MODULES)).slice(0, 5), [
          'Layer 0 q_proj 16 64 0.2500',
          'Layer 0 k_proj 8 32 0.2500',
          'Layer 0 v_proj 0 32 0',
          'Layer 0 o_proj 0 64 0',
          'Layer 0 up_proj 0 1,024 0',
        ]);
        const heads = await tableOf(view, 'Density by layer and head of k');
        assert.deepEqual(heads.slice(0, 2), ['Layer 0 head 0 8 16 0.5000', 'Layer 0 head 1 0 16 0']);

        await choose(view, 'Region', 'What all regions hold');
        await view.getByText('what all 2 regions hold: 8 of 2,432 weights (0.329 %)').waitFor();
        await choose(view, 'Region', 'D0');
        await choose(view, 'Without', 'D1');
        await view.getByText('D0, outside D1: 32 of 2,432 weights (1.32 %)').waitFor();
        await view.getByRole('checkbox', { name: /^Subtract the utility region/ }).click();
        await view.getByText('D0, outside D1, Du: 28 of 2,432 weights (1.15 %)').waitFor();
        // What was chosen is still what the controls say.
        const without = view.getByRole('combobox', { name: 'Without' });
        await without.locator('.selected-value').getByText('D1', { exact: true }).waitFor();
        await pictures(context, view, 'masks');
      }),
  },
  {
    name: 'masks: the keyboard goes from all layers to one weight and back, and a reload keeps the place',
    run: (context) =>
      withMasks(context, async (view) => {
        const { page } = context;
        const modules = gridOf(view, MODULES);
        await modules.focus();
        for (const key of ['ArrowDown', 'End', 'Enter']) await page.keyboard.press(key);
        const layer = gridOf(view, 'Matrices of Layer 1');
        await view.locator(':focus').and(layer).waitFor();
        await cellOf(layer).getByText('Layer 1, up_proj: 0.0156, 16 of 1,024 weights (1.56 %)').waitFor();
        await page.keyboard.press('Enter');
        const matrix = gridOf(view, 'Tiles of model.layers.1.mlp.up_proj.weight');
        await view.locator(':focus').and(matrix).waitFor();
        await cellOf(matrix).getByText('0\u20131, 0: 1, 2 of 2 weights (100 %)').waitFor();
        for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
        await cellOf(matrix).getByText('2\u20133, 1: 0, 0 of 2 weights (0 %)').waitFor();
        await page.keyboard.press('Enter');
        const tile = gridOf(
          view,
          'Tiles of model.layers.1.mlp.up_proj.weight, rows 2\u20133, columns 1\u20131',
        );
        await view.locator(':focus').and(tile).waitFor();
        await cellOf(tile).getByText('2, 1: 0, 0 of 1 weights (0 %)').waitFor();

        await reloadWindow(page);
        const restored = webview(page);
        const place = restored.getByRole('navigation', { name: 'Place' });
        await place
          .getByRole('button', { name: 'rows 2\u20133, columns 1\u20131' })
          .waitFor({ timeout: LONG_MS });
        const again = gridOf(
          restored,
          'Tiles of model.layers.1.mlp.up_proj.weight, rows 2\u20133, columns 1\u20131',
        );
        await again.focus();
        await page.keyboard.press('Escape');
        const whole = gridOf(restored, 'Tiles of model.layers.1.mlp.up_proj.weight');
        await restored.locator(':focus').and(whole).waitFor();
        await cellOf(whole).getByText('2\u20133, 1: 0').waitFor();
        await page.keyboard.press('Backspace');
        await cellOf(gridOf(restored, 'Matrices of Layer 1')).getByText('up_proj').waitFor();
        await page.keyboard.press('Escape');
        await cellOf(gridOf(restored, MODULES)).getByText('Layer 1, ').waitFor();
        await page.keyboard.press('Escape');
        await gridOf(restored, MODULES).waitFor();
      }),
  },
  {
    name: 'masks: the mouse goes into a head, sees exact counts, and the path leads out',
    run: (context) =>
      withMasks(context, async (view) => {
        await gridOf(view, MODULES)
          .locator('canvas')
          .click({ position: await centreOf(view, MODULES, 0) });
        await gridOf(view, 'Matrices of Layer 0').waitFor();
        const heads = gridOf(view, 'Heads of Layer 0');
        await heads.focus();
        await cellOf(heads).getByText('q, head 0: 1, 16 of 16 weights (100 %)').waitFor();
        await context.page.keyboard.press('Enter');
        const title = 'Tiles of model.layers.0.self_attn.q_proj.weight, rows 0\u20131, columns 0\u20137';
        await gridOf(view, title)
          .locator('canvas')
          .hover({ position: await centreOf(view, title, 0) });
        await figureOf(view, title).locator('.tip').getByText('1 of 1 weights (100 %)').waitFor();
        assert.equal((await tableOf(view, title)).length, 16);
        await pictures(context, view, 'masks-tiles');
        const place = view.getByRole('navigation', { name: 'Place' });
        await place.getByRole('button', { name: 'Layer 0' }).click();
        await gridOf(view, 'Matrices of Layer 0').waitFor();
        await place.getByRole('button', { name: 'All layers' }).click();
        await gridOf(view, MODULES).waitFor();
      }),
  },
  {
    name: 'masks: name, PyTorch line and freeze snippet of a parameter are copied, tables saved',
    run: (context) =>
      withMasks(context, async (view, { dir, runsDir }) => {
        const { page } = context;
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        await choose(view, 'Without', 'D1');
        await view.getByText(/^D0, outside D1: /).waitFor();
        await gridOf(view, MODULES).focus();
        for (const grid of ['Matrices of Layer 0', 'Tiles of model.layers.0.self_attn.q_proj.weight']) {
          await page.keyboard.press('Enter');
          await view.locator(':focus').and(gridOf(view, grid)).waitFor();
        }
        const copied = async (button: string, text: RegExp): Promise<void> => {
          await view.getByRole('button', { name: button }).click();
          await page.waitForFunction(
            `navigator.clipboard.readText().then((text) => new RegExp(${JSON.stringify(text.source)}).test(text))`,
          );
        };
        const name = 'model\\.layers\\.0\\.self_attn\\.q_proj\\.weight';
        await copied('Copy Name', new RegExp(`^${name}$`));
        await copied('Copy PyTorch Line', new RegExp(`^model\\.get_parameter\\("${name}"\\)$`));
        await copied(
          'Copy Freeze Snippet',
          new RegExp(
            `^# safety-region export ${runsDir}/[\\w-]+ --region wanda/D0 [^]*~mask_of\\("mask1\\.safetensors"\\)`,
          ),
        );

        const figure = figureOf(view, 'Tiles of model.layers.0.self_attn.q_proj.weight');
        await figure.getByRole('button', { name: 'Save CSV' }).click();
        const file = path.join(
          dir,
          `masks-wanda-Tiles-of-${'model.layers.0.self_attn.q_proj.weight'.replace(/\W|_/g, '-')}.csv`,
        );
        await acceptFile(page, file);
        const lines = (await whenWritten(file)).toString().trim().split(/\r?\n/);
        assert.equal(lines[0], 'Rows,Columns,Selected,All,Share');
        // Row 0 is in D1 too, row 1 in D0 alone.
        assert.deepEqual([lines[1], lines[9]], ['0,0,0,1,0', '1,0,1,1,1']);
      }),
  },
  {
    name: 'masks: neurons, intervals of layers and adapters, in their own units',
    run: (context) =>
      withMasks(
        context,
        async (view) => {
          const { page } = context;
          await choose(view, 'Method', 'SafeNeuron');
          await view.getByText('D0: 5 of 96 neurons (5.21 %)').waitFor();
          await gridOf(view, MODULES).focus();
          for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key);
          const layer = gridOf(view, 'Matrices of Layer 1');
          await view.locator(':focus').and(layer).waitFor();
          for (const key of ['End', 'Enter']) await page.keyboard.press(key);
          // An ffn neuron is a column of down_proj.
          const down = gridOf(view, 'Tiles of model.layers.1.mlp.down_proj.weight');
          await view.locator(':focus').and(down).waitFor();
          await cellOf(down).getByText('0\u20137, 0: 1, 1 of 1 neurons (100 %)').waitFor();
          assert.equal(await down.getAttribute('aria-colcount'), '32');

          await choose(view, 'Method', 'SafeLayer');
          await view.getByText('D0: 2 of 8 layers (25 %)').waitFor();
          await view.getByText(/does not say which matrices its units belong to/).waitFor();
          await choose(view, 'Method', 'NLSR');
          await view.getByText('D0: 8 of 32 adapter weights (25 %)').waitFor();
        },
        addStagesRun,
      ),
  },
];

/** The middle of a cell of the first column, in pixels of the canvas: the cursor is there when the grid has the focus. */
async function centreOf(view: FrameLocator, title: string, row: number): Promise<{ x: number; y: number }> {
  const grid = gridOf(view, title);
  await grid.focus();
  const [cursor, canvas] = [
    await grid.getByRole('row').boundingBox(),
    await grid.locator('canvas').boundingBox(),
  ];
  assert.ok(cursor && canvas);
  return { x: cursor.x - canvas.x + cursor.width / 2, y: cursor.y - canvas.y + cursor.height * (row + 0.5) };
}
