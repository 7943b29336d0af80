import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPERIMENT_TEXT } from '../store/testRuns';
import { cliFolder } from './cliFolder';

const { folder, run, cli } = await cliFolder();

describe('identify', () => {
  it('prints tables, and the run as its last line', async () => {
    const result = await cli(
      'identify',
      'x.safety-region.json',
      '--out',
      'runs',
      '--threads',
      '2',
      '--keep-scores',
    );
    expect(result.status).toBe(0);
    expect(result.stdout.trimEnd().split('\n').at(-1)).toBe(run.path);
    expect(result.stdout).toMatch(/\nnode dist\/cli\.js overlap \S/);
    // |{7, 8}| / |{0, 7, 8, 9, 14}|
    expect(result.stdout).toMatch(/0\.4/);
    const sent = {
      experimentPath: path.join(folder, 'x.safety-region.json'),
      outDir: path.join(folder, 'runs'),
      threads: 2,
      keepScores: true,
    };
    expect(result.stderr).toContain(`warning: ${JSON.stringify(sent)}`);
    expect(result.stderr).toContain('for?[31m your information\n');
    expect(result.stderr).toContain(' 25 %  forward, layer 1 of 2, 1 min 15 s left\n');
  });

  it('--progress json prints one object a line on standard error, none only warnings', async () => {
    const { stderr } = await cli('identify', 'x.safety-region.json', '--progress', 'json');
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toEqual(['runStarted', 'log', 'log', 'progress']);
    expect(events[3]).toMatchObject({ phase: 'forward', fraction: 0.25, secondsLeft: 75 });
    expect((await cli('identify', 'x.safety-region.json', '--progress', 'none')).stderr).toMatch(
      /^warning: .*\n$/,
    );
  });

  it('--resume needs no experiment, accepts the same one, refuses another', async () => {
    const alone = await cli('identify', '--resume', run.path);
    expect(alone).toMatchObject({ status: 0 });
    expect(alone.stderr).toContain('complete already');
    expect(alone.stdout.trimEnd().split('\n').at(-1)).toBe(run.path);
    expect((await cli('identify', 'x.safety-region.json', '--resume', run.path)).status).toBe(0);
    await writeFile(
      path.join(folder, 'threads.json'),
      EXPERIMENT_TEXT.replace('{', '{"engine":{"threads":7},'),
    );
    expect((await cli('identify', 'threads.json', '--resume', run.path)).status).toBe(0);
    await writeFile(path.join(folder, 'other.json'), EXPERIMENT_TEXT.replace('0.2', '0.3'));
    const other = await cli('identify', 'other.json', '--resume', run.path);
    expect(other.status).toBe(3);
    expect(other.stderr).toMatch(/^error\[resume-other-experiment\]/);
  });
});
