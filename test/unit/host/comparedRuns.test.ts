import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparedRuns } from '../../../src/host/comparedRuns';
import { parseToWebview } from '../../../src/protocol/explorer';
import { overlapRuns } from '../../../src/store/overlapRuns';
import { openRun } from '../../../src/store/runDirectory';
import { addDoneRun, CANNED_DATASETS, cannedIoU } from '../../vscode/harness/cannedRun';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('comparedRuns', () => {
  it('shows the regions of both runs in one table, that the page understands', async () => {
    const dirs = [
      await addDoneRun(root, 'one', '2026-01-01T00:00:00.000Z'),
      await addDoneRun(root, 'two', '2026-01-02T00:00:00.000Z'),
    ];
    const runs = await Promise.all(
      dirs.map(async (dir) => {
        const run = await openRun(dir);
        return { dir, manifest: run.manifest, summary: await run.summary() };
      }),
    );
    const shown = comparedRuns(runs, await overlapRuns(dirs));
    expect(parseToWebview({ type: 'run', run: shown })).toEqual({ type: 'run', run: shown });
    expect(shown).toMatchObject({ dir: dirs[0], comparedWith: [dirs[1]], name: 'one, two' });
    const [snip] = shown.methods;
    const ids = dirs.flatMap((dir) =>
      Array.from({ length: CANNED_DATASETS }, (_, i) => `${path.basename(dir)}/D${i}`),
    );
    expect(snip?.regions.map(({ id }) => id)).toEqual(ids);
    expect(shown.datasets.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(snip?.selection).toBe('top 5 % by row');
    // Region 3 of the first run beside regions 3 and 5 of the second.
    const row = snip?.plain.pairwise[3] ?? [];
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
    await expect(overlapRuns(dirs)).rejects.toMatchObject({
      code: 'runs-differ',
      mend: expect.stringContaining('Compare runs of one model') as string,
    });
  });
});
