import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRuns } from '../../../src/store/runList';
import { openRun } from '../../../src/store/runDirectory';
import { RunIndex } from '../../../src/store/runIndex';
import { addDoneRun, addInterruptedRun, cannedManifest } from '../../vscode/harness/cannedRun';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('RunIndex', () => {
  it('tells experiment and time by the names of folders, newest first, and opens none', async () => {
    for (const name of ['20260101-000000-a-b-012345', '20260301-000000-a-b-abcdef', 'renamed', '.hidden']) {
      mkdirSync(path.join(root, name));
    }
    writeFileSync(path.join(root, 'file'), '');
    const entries = await new RunIndex().entries([root, root, path.join(root, 'absent')]);
    expect(entries.map(({ stamp, slug }) => [stamp, slug])).toEqual([
      ['20260301-000000', 'a-b'],
      ['20260101-000000', 'a-b'],
      ['', 'renamed'],
    ]);
  });

  it('gives the overviews that listRuns gives, and leaves out what is no run', async () => {
    await addDoneRun(root, 'done', '2026-01-01T00:00:00.000Z');
    await addInterruptedRun(root, 'cut', '2026-01-02T00:00:00.000Z');
    mkdirSync(path.join(root, '20260103-000000-broken-0a1b2c'));
    mkdirSync(path.join(root, 'no-run'));
    const index = new RunIndex();
    const byPath = <T extends { path: string }>(runs: T[]): T[] =>
      runs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    for (const look of ['first', 'from memory']) {
      const overviews = await index.overviews(await index.entries([root]));
      expect(byPath(overviews), look).toEqual(byPath(await listRuns(root)));
    }
    expect((await index.overviews(await index.entries([root]))).map(({ state }) => state)).toEqual([
      'broken',
      'interrupted',
      'done',
    ]);
  });

  it('sees a state change though run.json is remembered, and a run.json that was mended', async () => {
    const runDir = await addInterruptedRun(root, 'cut', '2026-01-02T00:00:00.000Z');
    const index = new RunIndex();
    const state = async (): Promise<string | undefined> => (await index.overview(runDir))?.state;
    expect(await state()).toBe('interrupted');
    const run = await openRun(runDir);
    const release = await run.acquireLock();
    expect(await state()).toBe('running');
    const entries = await index.entries([root]);
    expect((await index.locked(entries)).map((entry) => entry.path)).toEqual([runDir]);
    expect(await index.running(entries)).toBe(1);
    await release();
    expect(await index.locked(entries)).toEqual([]);
    expect(await index.running(entries)).toBe(0);
    const file = path.join(runDir, 'run.json');
    renameSync(file, `${file}.aside`);
    expect(await state()).toBe('broken');
    writeFileSync(file, JSON.stringify(cannedManifest('mended', '2026-01-02T00:00:00.000Z')));
    utimesSync(file, 1, 1);
    expect(await index.overview(runDir)).toMatchObject({ name: 'mended', state: 'interrupted' });
  });
});
