/** Views of what SafeLayer, SafeNeuron and NLSR leave beside their regions, on numbers known beforehand. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { addStagesRun } from '../harness/cannedStages';
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
import { emptyWorkspace, type Workspace } from '../harness/workspace';
import { pictures } from './pictures';
import { rowsOf, tableOf } from './tables';
import type { UiContext, UiTest } from './index';

const LONG_MS = 30_000;

async function withView(
  context: UiContext,
  view: string,
  work: (frame: FrameLocator, workspace: Workspace) => Promise<void>,
): Promise<void> {
  const { page, host } = context;
  const workspace = emptyWorkspace();
  try {
    await addStagesRun(workspace.runsDir, 'stages', '2026-03-02T10:00:00.000Z');
    await openWorkbench(page, host, workspace.dir);
    await openRunsView(page);
    await treeItem(page, /^stages, done/).click({ timeout: LONG_MS });
    const frame = webview(page);
    await frame.getByRole('tab', { name: view, exact: true }).click({ timeout: LONG_MS });
    await work(frame, workspace);
  } finally {
    workspace.remove();
  }
}

/** Layer, type and index of every neuron listed are those, when the list has come to say how many it shows. */
async function assertNeurons(frame: FrameLocator, shown: string, expected: string[]): Promise<void> {
  const list = frame.getByRole('region', { name: 'List of neurons' });
  await list.getByRole('status').filter({ hasText: shown }).waitFor({ timeout: LONG_MS });
  await eventually(async () => {
    const [, ...rows] = await rowsOf(list.getByRole('table', { name: 'Neurons' }));
    const names = rows.map(([layer, type, index]) => `${layer ?? ''}.${type ?? ''}.${index ?? ''}`);
    assert.deepEqual(names, expected);
  });
}

async function choose(frame: FrameLocator, label: string, option: string): Promise<void> {
  await frame.getByRole('combobox', { name: label, exact: true }).click();
  await frame.getByRole('option', { name: option, exact: true }).click();
}

export const stageTests: readonly UiTest[] = [
  {
    name: 'the Layers view shows curves, sweeps and answers of SafeLayer, and what norms undo',
    run: (context) =>
      withView(context, 'Layers', async (frame) => {
        await frame
          .getByText('Interval of layers found: 3 to 4, 2 of 8 layers.')
          .waitFor({ timeout: LONG_MS });
        await frame.getByText('Norms of this model undo a factor on the weights of q, k').waitFor();
        const cosines = await tableOf(frame, 'Cosine of hidden states, D0');
        assert.deepEqual(cosines[0], ['layer', 'U-U pairs', 'U-H pairs']);
        assert.deepEqual(cosines[5], ['4', '0.7500', '0.3000']);
        const angles = await tableOf(frame, 'Angular difference, D0');
        // acos(0.3) - acos(0.75), and a degree more in the other definition.
        assert.deepEqual(angles[5], ['4', '31.1328', '32.1328']);
        assert.deepEqual(await tableOf(frame, 'Sweeps of the bounds, D0'), [
          ['bound (layer)', 'upper bound', 'lower bound', 'unscaled model'],
          ['2', '-', '13', '8'],
          ['3', '-', '14', '8'],
          ['4', '14', '9', '8'],
          ['5', '12', '-', '8'],
          ['6', '11', '-', '8'],
        ]);
        assert.deepEqual((await tableOf(frame, 'Search of alpha, D0'))[2], [
          '1.1',
          '1.5275',
          '1.2500',
          '1.7000',
        ]);
        assert.deepEqual((await tableOf(frame, 'Intervals beside the one found, D0')).slice(1), [
          ['3 to 4', '14', '0.6400'],
          ['2 to 4', '13', '-'],
          ['3 to 5', '12', '0.3600'],
        ]);
        assert.deepEqual(await tableOf(frame, 'Labels of the answers, D0'), [
          ['layers scaled', 'alpha', 'comply', 'partial', 'refuse', 'broken', 'unread'],
          ['unscaled model', '1', '30', '1', '8', '0', '1'],
          ['3 to 4', '1.1', '24', '1', '14', '0', '1'],
        ]);
        await pictures(context, frame, 'layers');
        await choose(frame, 'Dataset', 'D1');
        await frame.getByRole('figure', { name: 'Angular difference, D1' }).waitFor();
        await reloadWindow(context.page);
        await webview(context.page)
          .getByRole('figure', { name: 'Angular difference, D1' })
          .waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'the Neurons view lists neurons by set, layer and type, with the rows and columns they are',
    run: (context) =>
      withView(context, 'Neurons', async (frame, workspace) => {
        await frame.getByRole('button', { name: 'Save All as CSV' }).click({ timeout: LONG_MS });
        const file = path.join(workspace.dir, 'stages-neurons-D0.csv');
        await acceptFile(context.page, file);
        const lines = (await whenWritten(file)).toString().trimEnd().split('\n');
        // Three rows of q_proj, and two rows with one column for each neuron between the layers.
        assert.deepEqual(
          [lines.length, lines[1]?.slice(0, 8), lines.at(-1)],
          [1 + 3 + 2 * 3, '0,q,1,1,', '1,ffn,7,2,model.layers.1.mlp.down_proj.weight,column,7'],
        );
        await assertNeurons(frame, '1 to 5 of 5', ['0.q.1', '0.q.2', '0.q.5', '1.ffn.0', '1.ffn.7']);
        const row = frame.getByRole('row', { name: /gate_proj.weight row 7/ });
        await row.getByText('model.layers.1.mlp.down_proj.weight column 7').waitFor();
        await row.getByText('2 of 2').waitFor();
        await pictures(context, frame, 'neurons');
        await choose(frame, 'In the region of', 'all datasets');
        await assertNeurons(frame, '1 to 3 of 3', ['0.q.2', '0.q.5', '1.ffn.7']);
        await choose(frame, 'Layer', '0');
        await assertNeurons(frame, '1 to 2 of 2', ['0.q.2', '0.q.5']);
        await frame.getByRole('checkbox', { name: /iso-utility/ }).click();
        await assertNeurons(frame, '1 to 1 of 1', ['0.q.2']);
        await choose(frame, 'Type', 'ffn');
        await frame.getByRole('status').filter({ hasText: 'None of 0' }).waitFor();
        const sizes = await tableOf(frame, 'Neurons of type ffn, D0');
        assert.deepEqual(sizes, [
          ['layer', 'D0', 'Du (utility)', 'chance'],
          ['0', '0', '0', '0.5000'],
          ['1', '2', '0', '0.5000'],
        ]);
      }),
  },
  {
    name: 'the Adapters view shows energies and sizes of NLSR, and how its factors overlap apart',
    run: (context) =>
      withView(context, 'Adapters', async (frame) => {
        const sizes = await tableOf(frame, 'Sizes of the regions');
        assert.deepEqual(sizes[1], ['D0', '40', '0.2000', '30', '0.2500', '70', '0.2188']);
        assert.deepEqual((await tableOf(frame, 'Energy in the directions kept, D0')).slice(1), [
          ['0', '0.5000', '0.7500'],
          ['1', '0.2500', '0.8750'],
        ]);
        const kept = await tableOf(frame, 'Directions kept, D0');
        assert.deepEqual(kept[1], [
          'model.layers.0.self_attn.q_proj.weight',
          ...['8', '2', '1', '1', '0.5000', '25', '1', '0.7500', '20'],
        ]);
        // A shares 2 of 6 weights, B all 4; pooled 6 of 10.
        for (const [title, iou] of [
          ['IoU of factor A alone', '0.3333'],
          ['IoU of factor B alone', '1'],
          ['IoU of factors A and B pooled', '0.6000'],
        ] as const)
          assert.deepEqual((await tableOf(frame, title))[1], ['D0', '1', iou], title);
        await pictures(context, frame, 'adapters');
      }),
  },
];
