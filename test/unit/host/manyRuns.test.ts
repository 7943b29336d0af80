import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { groupRuns, PAGE, visibleEntries } from '../../../src/host/runGroups';
import { RunIndex } from '../../../src/store/runIndex';
import { cannedManifest } from '../../vscode/harness/cannedRun';

const RUNS = 1000;
const EXPERIMENTS = 4;
let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
  for (let i = 0; i < RUNS; i++) {
    const six = String(i).padStart(6, '0');
    const dir = path.join(root, `20260101-${six}-exp-${i % EXPERIMENTS}-${six}`);
    mkdirSync(dir);
    const manifest = cannedManifest(`exp ${i % EXPERIMENTS}`, '2026-01-01T00:00:00.000Z');
    writeFileSync(path.join(dir, 'run.json'), JSON.stringify(manifest, null, 2));
    if (i % 2 === 1) writeFileSync(path.join(dir, 'summary.json'), '{}');
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What the view asks for when it is shown: groups, and the newest experiment's first page. */
it('1,000 runs: prints how long the view waits for them; the aim is 300 ms', async () => {
  const index = new RunIndex();
  for (const time of ['first', 'again']) {
    const start = performance.now();
    const entries = await index.entries([root]);
    const groups = groupRuns(entries, await index.locked(entries));
    const [newest] = groups;
    const page = await index.overviews(newest ? visibleEntries(newest, PAGE) : []);
    console.log(`${RUNS} runs, ${time}: ${(performance.now() - start).toFixed(0)} ms`);
    expect([entries.length, groups.length, page.length]).toEqual([RUNS, EXPERIMENTS, PAGE]);
    expect(page[0]).toMatchObject({ name: 'exp 3', state: 'done' });
  }
});
