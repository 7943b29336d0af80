import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { writeLayers } from '../store/regionFiles';
import { EXPERIMENT_TEXT, SUMMARY, finishedRun, startedRun, temporaryFolder } from '../store/testRuns';

/** Answers `identify` with FAKE_RUN, and fails, crashes or waits where --threads says so. */
const ENGINE = `
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('message', ({ kind, id, name, params }) => {
  const send = (message) => process.send({ id, ...message });
  const error = (kind, code) => send({ kind: 'error', error: { kind, code, message: 'it says.', mend: 'do this.' } });
  if (kind === 'cancel') return error('cancelled', 'cancelled');
  if (name === 'doctor') return send({ kind: 'result', result: { versions: { node: '20' }, cores: 2,
    providers: [{ name: 'cpu', usable: true, detail: 'ran' }, { name: 'cuda', usable: false, detail: 'no library' }],
    totalMemoryBytes: 2 ** 34, availableMemoryBytes: 2 ** 33, architectures: ['llama'] } });
  process.send({ kind: 'event', name: 'runStarted', data: { runDir: process.env.FAKE_RUN } });
  process.send({ kind: 'event', name: 'log', data: { level: 'info', message: 'for\\x1b[31m your information' } });
  process.send({ kind: 'event', name: 'log', data: { level: 'warn', message: JSON.stringify(params) } });
  if (params.threads === 3) return error('input', 'model-not-found');
  if (params.threads === 4) { console.error('abort reason'); return process.abort(); }
  if (params.threads === 130) return;
  process.send({ kind: 'event', name: 'progress', data: { runDir: process.env.FAKE_RUN, phase: 'forward', layer: 0,
    layers: 2, batch: 0, batches: 1, fraction: 0.25, secondsLeft: 75, message: 'forward, layer 1 of 2' } });
  send({ kind: 'result', result: { runDir: process.env.FAKE_RUN, wasComplete: params.resumeDir !== undefined } });
});
`;

let folder: string;
let run: RunDirectory;
let interrupted: RunDirectory;
const experiment = (): string => path.join(folder, 'x.safety-region.json');

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(path.join(folder, '.safety-region', 'runs'), { recursive: true });
  const runs = path.join(folder, '.safety-region', 'runs');
  run = await finishedRun(runs);
  interrupted = await startedRun(runs, { createdAt: '2026-03-04T05:06:08.000Z' });
  await (
    await interrupted.acquireLock()
  )();
  await writeFile(path.join(folder, 'engine.cjs'), ENGINE);
  await writeFile(experiment(), EXPERIMENT_TEXT);
  process.env.FAKE_RUN = run.path;
});

async function cli(...argv: string[]) {
  const out = { status: 0, stdout: '', stderr: '' };
  let interrupt: (() => void) | undefined;
  out.status = await runCli(argv, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: {
      write(text) {
        out.stderr += text;
        // The log line of the engine says that the call is under way.
        if (text.includes('"threads":130')) interrupt?.();
      },
    },
    cwd: folder,
    command: 'node dist/cli.js',
    enginePath: path.join(folder, 'engine.cjs'),
    onInterrupt(listener) {
      interrupt = listener;
      return () => (interrupt = undefined);
    },
  });
  return out;
}

describe('exit statuses and the form of errors', () => {
  const cases: [args: string[], status: number, error: RegExp][] = [
    [[], 2, /^error\[usage\]: No command given\.\n.*identify.*\n$/],
    [['frobnicate'], 2, /^error\[usage\]: There is no command 'frobnicate'/],
    [['identify'], 2, /^error\[usage\]: EXPERIMENT\.json is missing/],
    [['identify', 'a', 'b'], 2, /^error\[usage\]/],
    [['identify', '--bogus'], 2, /^error\[usage\]: Unknown option '--bogus'/],
    [['identify', 'missing.json'], 2, /^error\[experiment-missing\]: .*missing\.json/],
    [['identify', 'broken.json'], 2, /^error\[experiment-syntax\]: .*broken\.json:1:2: /],
    [['identify', 'x.safety-region.json', '--provider', 'tpu'], 2, /^error\[usage\]: --provider: 'tpu'/],
    [['identify', 'x.safety-region.json', '--threads', '-1'], 2, /^error\[usage\]/],
    [['identify', 'x.safety-region.json', '--threads=two'], 2, /^error\[usage\]: --threads: 'two'/],
    [['identify', 'x.safety-region.json', '--progress', 'gif'], 2, /^error\[usage\]: --progress: 'gif'/],
    [['identify', '--resume', 'nowhere'], 3, /^error\[run-unreadable\]: .*nowhere/],
    [['identify', 'x.safety-region.json', '--threads', '3'], 3, /error\[model-not-found\]: it says\.\ndo this\.\n$/],
    [['identify', 'x.safety-region.json', '--threads', '4'], 4, /error\[engine-gone\]: .*SIGABRT[^]*abort reason/],
    [['identify', 'x.safety-region.json', '--threads', '130'], 130, /error\[cancelled\]: Cancelled\.\n.*--resume \//],
    [['overlap'], 2, /^error\[usage\]: RUN_DIR is missing/],
    [['overlap', '.', '--json', '--csv'], 2, /^error\[usage\]: --json and --csv/],
    [['overlap', '.', '--json', '--html', 'f'], 2, /^error\[usage\]: --json and --html/],
    [['overlap', 'nowhere', '--html', 'f'], 3, /^error\[run-unreadable\]/],
    [['overlap', 'nowhere'], 3, /^error\[run-unreadable\]/],
    [['show'], 2, /^error\[usage\]: RUN_DIR is missing/],
    [['show', 'nowhere'], 3, /^error\[run-unreadable\]/],
    [['list', 'nowhere'], 3, /^error\[runs-not-found\]/],
    [['export', 'nowhere'], 2, /^error\[usage\]: --region is missing/],
    [['export', 'x', '--region', 'a/b', '--format', 'pickle', '--out', 'f'], 2, /^error\[export-format\].*\n.*safetensors, npz, json/],
    [['doctor', 'me'], 2, /^error\[usage\]/],
  ]; // prettier-ignore
  it.each(cases)('%j -> %i', async (args, status, error) => {
    await writeFile(path.join(folder, 'broken.json'), '{');
    const result = await cli(...args);
    expect(result.stderr).toMatch(error);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe('');
  });
});

describe('overlap --html', () => {
  it('writes one page and prints where it is', async () => {
    const result = await cli('overlap', run.path, '--html', 'report.html');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const file = path.join(folder, 'report.html');
    expect(result.stdout).toBe(`${file}\n`);
    const page = await readFile(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('IoU of every pair');
  });

  it('refuses a folder before anything is counted, and names a file in it', async () => {
    const { status, stderr } = await cli('overlap', path.join(folder, 'nowhere'), '--html', '.');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[out-is-folder\]: --html: .* is a folder\.\n.*overlap\.html/);
  });

  it('says which file it cannot write', async () => {
    const result = await cli('overlap', run.path, '--html', path.join(folder, 'broken.json', 'report.html'));
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(/^error\[report-unwritable\]: .*report\.html cannot be written/);
  });
});

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
      experimentPath: experiment(),
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
    expect(unfinished.stdout).toContain(`--resume ${interrupted.path}`);
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

it('--help, --version and --write-schema', async () => {
  const help = await cli('--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['identify', 'overlap', 'show', 'list', 'export', 'doctor']) {
    expect(help.stdout).toContain(`  ${name} `);
    expect((await cli(name, '--help')).stdout).toMatch(new RegExp(`^safety-region ${name} `));
  }
  expect((await cli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await cli('--write-schema', 'schema')).status).toBe(0);
  const schema = await readFile(path.join(folder, 'schema', 'safety-region.schema.json'), 'utf8');
  expect(JSON.parse(schema)).toMatchObject({ type: 'object', additionalProperties: false });
});
