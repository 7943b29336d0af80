import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLayers } from '../store/regionFiles';
import { SUMMARY, finishedRun, startedRun } from '../store/testRuns';
import { cliFolder } from './cliFolder';

const { folder, run, interrupted, cli } = await cliFolder();

describe('looking at runs', () => {
  it('overlap --json is the report of CONTRACT section 5', async () => {
    const { stdout, status } = await cli('overlap', run.path, '--method', 'snip', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      methods: { snip: { universe: 15, pairwise: [[1, 0.4], [0.4, 1]] } },
    }); // prettier-ignore
  });

  it.each([['--csv'], ['--latex'], ['--markdown']])('overlap %s', async (flag) => {
    const { stdout, status } = await cli('overlap', run.path, flag);
    expect(status).toBe(0);
    expect(stdout).toContain('D1');
  });

  it.each(['0', 'many'])('judge names the option that is wrong: %s requests a minute', async (count) => {
    const endpoint = ['--judge', 'https://judge.example.com/v1', '--model', 'm'];
    const { stderr, status } = await cli('judge', run.path, ...endpoint, '--requests-per-minute', count);
    expect(status).toBe(2);
    expect(stderr).toContain('--requests-per-minute');
  });

  it('show, for people and as JSON', async () => {
    const human = await cli('show', run.path);
    expect(human).toMatchObject({ status: 0, stderr: '' });
    expect(human.stdout).toMatch(/snip\/D0 +identification +row +0\.2 +0\.266667 +4 +15/);
    expect(human.stdout).toMatch(/D0 +phrases +8 +62\.5% +5 +3 +0 +0 +3 +2 +1\n/);
    expect(human.stdout).toContain('warning: D0, D1, Du: 8 of 128 rows asked for');
    const json = JSON.parse((await cli('show', run.path, '--json')).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ state: 'done', path: run.path, summary: { regions: { length: 3 } } });
    const unfinished = await cli('show', interrupted.path);
    expect(unfinished.stdout).toContain(`(interrupted)`);
    expect(unfinished.stdout).toContain(`Go on with: node dist/cli.js identify --resume ${interrupted.path}`);
  });

  it('show prints intervals, settings and what was left to the program', async () => {
    const layers = await startedRun(path.join(folder, 'layers'));
    const intervals = { D0: [6, 14], D1: [] };
    for (const [id, interval] of Object.entries(intervals)) {
      await writeLayers(layers.file('regions', 'safeLayer', `${id}.safetensors`), 32, interval);
    }
    await mkdir(layers.file('reports', 'safeLayer'), { recursive: true });
    await writeFile(layers.file('reports', 'safeLayer', 'D0.json'), '{}');
    const regions = Object.entries(intervals).map(([dataset, interval]) => ({
      method: 'safeLayer',
      dataset,
      role: 'identification' as const,
      unit: 'layer' as const,
      requestedFraction: null,
      scope: null,
      prompts: 100,
      settings: { pairs: 500, alphaChosen: interval.length > 0 ? 1.15 : null },
      size: interval.length > 0 ? 9 : 0,
      universe: 32,
      density: interval.length > 0 ? 9 / 32 : 0,
    }));
    const defaults = { 'sampling.seed': 0, 'datasets[0].where': null, 'datasets[1].where': null };
    const { files } = await layers.finish({ ...SUMMARY, regions, defaults });
    expect(files).toHaveProperty(['reports/safeLayer/D0.json']);
    await (
      await layers.acquireLock()
    )();
    const { stdout } = await cli('show', layers.path);
    expect(stdout).toMatch(/safeLayer\/D0 .* 9 +32 +layers +100 +6-14\n/);
    expect(stdout).toMatch(/safeLayer\/D1 .* layers +100 +none\n/);
    expect(stdout).toMatch(/\nsafeLayer +pairs +500\n/);
    expect(stdout).toMatch(/\nsafeLayer\/D0 +alphaChosen +1\.15\n/);
    expect(stdout).toMatch(/\nsampling\.seed +0\n/);
    expect(stdout).toMatch(/\ndatasets\[\*\]\.where +null\n/);
  });

  it('overlap takes an order and names what it lacks', async () => {
    const ordered = await cli('overlap', run.path, '--order', 'D1, D0', '--heads', '--csv');
    expect(ordered.stdout).toMatch(/\nsnip,forward,,D1,D0,2,0\.4,/);
    const wrong = await cli('overlap', run.path, '--order', 'D1');
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.stderr).toMatch(/^error\[order-incomplete\].*\n.*D0,D1/);
  });

  it('list, of a folder that holds .safety-region/runs or of that one', async () => {
    const runs = JSON.parse((await cli('list', '--json')).stdout) as { path: string; state: string }[];
    expect(runs.map(({ path: found, state }) => [found, state])).toEqual([
      [interrupted.path, 'interrupted'],
      [run.path, 'done'],
    ]);
    expect((await cli('list', path.dirname(run.path))).stdout).toContain(run.path);
    await mkdir(path.join(folder, 'empty'), { recursive: true });
    expect((await cli('list', 'empty')).stdout).toMatch(/^No runs in /);
  });

  it('export refuses a folder, and names a file in it', async () => {
    const { status, stderr } = await cli(
      'export',
      run.path,
      '--region',
      'snip/D1',
      '--format',
      'npz',
      '--out',
      folder,
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[out-is-folder\]: --out: .* is a folder\.\n.*mask\.npz/);
  });

  it('export writes the file it names; an unknown region lists those that are there', async () => {
    const to = ['--format', 'json', '--out', 'new/d1.json'];
    const { stdout } = await cli('export', run.path, '--region', 'snip/D1', ...to);
    expect(stdout).toBe(`${path.join(folder, 'new/d1.json')}\n`);
    expect(await readFile(path.join(folder, 'new/d1.json'), 'utf8')).toContain('"indices":[7,8,9]');
    const unknown = await cli('export', run.path, '--region', 'snip/../../x', ...to);
    expect(unknown).toMatchObject({ status: 3 });
    expect(unknown.stderr).toMatch(/^error\[region-not-found\].*\n.*snip\/D0, snip\/D1, snip\/Du/);
    expect((await cli('export', interrupted.path, '--region', 'snip/D1', ...to)).stderr).toMatch(
      /\[run-unfinished\]/,
    );
  });

  it('doctor', async () => {
    const { stdout, status } = await cli('doctor');
    expect(status).toBe(0);
    expect(stdout).toMatch(/cuda +no +no library/);
    expect(JSON.parse((await cli('doctor', '--json')).stdout)).toMatchObject({ cores: 2 });
  });

  it('what a run is called cannot steer the terminal', async () => {
    const name = 'a\u001b]0;b\u0007\u202e';
    const runs = path.join(folder, 'hostile');
    const hostile = await startedRun(runs, { experiment: { ...run.manifest.experiment, name } });
    for (const { stdout } of [await cli('list', runs), await cli('show', hostile.path)]) {
      expect(stdout).toContain('a?]0;b??');
      expect(stdout).not.toMatch(/[^\n\P{C}]/u);
    }
    const { stderr } = await cli('\u001b[31mred');
    expect(stderr).toContain("'?[31mred'");
  });

  it('a damaged region is named, with status 3', async () => {
    const damaged = await finishedRun(path.join(folder, 'damaged'));
    const region = damaged.file('regions', 'snip', 'D0.safetensors');
    const bytes = await readFile(region);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(region, bytes);
    for (const command of [
      ['show'],
      ['overlap'],
      ['export', '--region', 'snip/D0', '--format', 'json', '--out', 'f'],
    ]) {
      const result = await cli(command[0]!, damaged.path, ...command.slice(1));
      expect(result.status).toBe(3);
      expect(result.stderr).toContain(`error[run-damaged]: ${region}`);
    }
  });
});
