/** Views of what was measured beside the regions: floors, ceilings and positions, and the likeness of the datasets. */
import assert from 'node:assert/strict';
import type { FrameLocator } from 'playwright-core';
import { addMeasuredRun } from '../harness/cannedMeasured';
import { withWorkspace } from '../harness/workspace';
import { LONG_MS, openExplorer } from './openExplorer';
import { pictures } from './pictures';
import { tableOf } from './tables';
import type { UiContext, UiTest } from './index';

const withMeasured = (
  context: UiContext,
  view: string,
  work: (frame: FrameLocator) => Promise<void>,
): Promise<void> =>
  withWorkspace(async (workspace) => {
    await addMeasuredRun(workspace.runsDir, 'measured', '2026-03-02T10:00:00.000Z');
    await work(await openExplorer(context, workspace, 'measured', view));
  });

const text = (value: number): string => value.toFixed(4);
/** Of two windows of 400 weights, the second one so much later. */
const shifted = (by: number): number => (by >= 400 ? 0 : (400 - by) / (400 + by));

/** Of two datasets' halves (one 100 later) and draws (50): the mean of the four comparisons, `by` apart. */
const crossed = (by: number, later: number): number =>
  (2 * shifted(by) + shifted(by + later) + shifted(Math.abs(by - later))) / 4;
const HALVES = { near: crossed(200, 100), far: crossed(400, 100), own: shifted(100) };
const DRAWS = { near: crossed(200, 50), far: crossed(400, 50), own: shifted(50) };
const position = (iou: number, floor: number, ceiling: number): string =>
  text((iou - floor) / (ceiling - floor));

export const measuredTests: readonly UiTest[] = [
  {
    name: 'floors, ceilings of halves and of a second draw, and positions between them, with and without utility',
    run: (context) =>
      withMeasured(context, 'Floors and ceilings', async (frame) => {
        const ladder = await tableOf(frame, 'SNIP: IoU between its floors and its ceiling');
        assert.deepEqual(ladder[0], ['compared with', 'mean', 'least', 'most', 'chance']);
        const rung = (name: string): string[] => ladder.find(([of]) => of === name)?.slice(1, 4) ?? [];
        assert.deepEqual(rung('shared |W|'), ['0.1000', '0.1000', '0.1000']);
        assert.deepEqual(rung('IoU'), [text(2 / 9), '0', text(1 / 3)]);
        assert.deepEqual(rung('halves'), [
          text((2 * HALVES.near + HALVES.far) / 3),
          text(HALVES.far),
          text(HALVES.near),
        ]);
        assert.deepEqual(rung('half/half'), ['0.6000', '0.6000', '0.6000']);
        assert.deepEqual(rung('draws'), [
          text((2 * DRAWS.near + DRAWS.far) / 3),
          text(DRAWS.far),
          text(DRAWS.near),
        ]);
        assert.deepEqual(rung('draw/draw'), ['0.7778', '0.7778', '0.7778']);

        const place = 'SNIP: Position of every pair between floor and ceiling';
        const ofPairs = ({ near, far, own }: typeof HALVES): string[][] => [
          ['D0, D1', '0.1000', position(near, 0.1, own), '-', '-'],
          ['D0, D2', '0.1000', position(far, 0.1, own), '-', '-'],
          ['D1, D2', '0.1000', position(near, 0.1, own), '-', '-'],
        ];
        const head = ['pair', 'floor', 'position', 'low', 'high'];
        assert.deepEqual(await tableOf(frame, `${place}, halves of the samples`), [head, ...ofPairs(HALVES)]);
        assert.deepEqual(await tableOf(frame, `${place}, two draws of the samples`), [
          head,
          ...ofPairs(DRAWS),
        ]);

        // Without the first 100 weights D0 has 300, and its second half, 100 to 500, all of its 400.
        const outside = 'SNIP: Position of every pair outside the utility region between floor and ceiling';
        const halves = await tableOf(frame, `${outside}, halves of the samples`);
        const iou = (200 / 500 + 100 / 600 + 300 / 500 + 200 / 600) / 4;
        assert.deepEqual(halves[1], [
          ...['D0, D1', '0.0500', position(iou, 0.05, (300 / 400 + 0.6) / 2)],
          ...['-', '-'],
        ]);
        const draws = await tableOf(frame, `${outside}, two draws of the samples`);
        const drawn = (200 / 500 + 150 / 550 + 250 / 500 + 200 / 550) / 4;
        assert.deepEqual(draws[1]?.slice(0, 3), [
          ...['D0, D1', '0.0500', position(drawn, 0.05, (300 / 350 + 350 / 450) / 2)],
        ]);
        const rungs = await tableOf(
          frame,
          'SNIP: IoU outside the utility region between its floors and its ceiling',
        );
        assert.deepEqual(rungs.find(([of]) => of === 'half/half')?.slice(1, 4), [
          text((0.75 + 0.6 + 0.6) / 3),
          '0.6000',
          '0.7500',
        ]);
        await pictures(context, frame, 'measured-floors', 3000);
      }),
  },
  {
    name: 'the Similarity view has the likeness of the datasets, the IoU beside it, and how the two go together',
    run: (context) =>
      withMeasured(context, 'Similarity', async (frame) => {
        const cosines = await tableOf(frame, "SNIP: Cosine of the datasets' centroids");
        assert.deepEqual(
          cosines.slice(1).map((row) => row.slice(1)),
          [
            ['1', '0.8000', '0'],
            ['0.8000', '1', '0.6000'],
            ['0', '0.6000', '1'],
          ],
        );
        // D0 has 300 weights outside the first 100, D1 and D2 400.
        const beside = await tableOf(frame, 'SNIP: IoU outside the utility region');
        assert.deepEqual(beside[1]?.slice(1), ['1', '0.4000', '0']);
        assert.deepEqual(beside[2]?.slice(1), ['0.4000', '1', '0.3333']);
        const title = 'SNIP: IoU outside the utility region against the likeness of the datasets';
        assert.deepEqual((await tableOf(frame, title)).slice(1), [
          ['D0, D1', 'both of several categories', '0.8000', '0.4000'],
          ['D0, D2', 'one of each', '0', '0'],
          ['D1, D2', 'one of each', '0.6000', '0.3333'],
        ]);
        await frame.getByRole('img', { name: `${title}. ` }).waitFor({ timeout: LONG_MS });
        // Of (0.8, 0.4), (0.6, 1/3) and (0, 0): 0.177778 / sqrt(0.346667 x 0.091852).
        const correlations = await tableOf(frame, 'SNIP: Correlations with the IoU');
        assert.deepEqual(correlations[1]?.slice(0, 3), ['centroids, all sets', '0.9963', '1']);
        await pictures(context, frame, 'measured-similarity', 1600);
      }),
  },
];
