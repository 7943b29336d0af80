import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { loadOverview } from '../../../../src/host/explorer/loadOverview';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import { parseToWebview } from '../../../../src/protocol/explorer/messages';
import { checkedAnswer } from '../../../../src/protocol/explorer/queries';
import { addDoneRun, CANNED_DATASETS, cannedIoU } from '../../../vscode/harness/cannedRun';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;

describe('an explorer of several runs', () => {
  it('has the regions of both in one table, that the page understands', async () => {
    const dirs = [
      await addDoneRun(root, 'one', '2026-01-01T00:00:00.000Z'),
      await addDoneRun(root, 'two', '2026-01-02T00:00:00.000Z'),
    ];
    const shown = await loadOverview(dirs);
    const message = { type: 'run', run: shown, setup: null, running: null };
    expect(parseToWebview(message)).toEqual(message);
    expect(shown).toMatchObject({ dir: dirs[0], comparedWith: [dirs[1]], name: 'one, two' });
    const [snip] = shown.methods;
    expect(shown.labels).toEqual([
      { label: 'A', folder: path.basename(dirs[0] ?? ''), startedAt: '2026-01-01T00:00:00.000Z' },
      { label: 'B', folder: path.basename(dirs[1] ?? ''), startedAt: '2026-01-02T00:00:00.000Z' },
    ]);
    const ids = ['A', 'B'].flatMap((label) =>
      Array.from({ length: CANNED_DATASETS }, (_, i) => `${label}/D${i}`),
    );
    expect(snip?.regions.map(({ id }) => id)).toEqual(ids);
    expect(shown.datasets.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(snip?.selection).toBe('top 5 % by row');

    const context = { runs: new ShownRuns(dirs), signal };
    const answer = checkedAnswer(
      'overlap',
      await answerQuery('overlap', { method: 'snip', measure: 'iou', scope: 'all', group: '' }, context),
    );
    if ('fault' in answer) throw new Error(answer.fault);
    expect(answer.data.regions.map(({ id }) => id)).toEqual(ids);
    // Region 3 of the first run beside regions 3 and 5 of the second.
    const row = answer.data.plain.values[3] ?? [];
    expect(row[CANNED_DATASETS + 3]).toBe(1);
    expect(row[CANNED_DATASETS + 5]).toBeCloseTo(cannedIoU(3, 5), 12);
  });

  it('is refused for runs of different models, with the mend', async () => {
    const dirs = [
      await addDoneRun(root, 'one', '2026-01-01T00:00:00.000Z'),
      await addDoneRun(root, 'two', '2026-01-02T00:00:00.000Z'),
    ];
    const file = path.join(dirs[1] ?? '', 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0'.repeat(64), '1'.repeat(64)));
    await expect(loadOverview(dirs)).rejects.toMatchObject({
      code: 'runs-differ',
      mend: expect.stringContaining('Compare runs of one model') as string,
    });
  });
});
