import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli';
import { resolveExperiment } from '../../../src/core/run/experiment';
import { experimentSchema } from '../../../src/core/run/experimentSchema';
import { writeFileAtomic } from '../../../src/store/atomicFile';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { EXPERIMENT_TEXT, SUMMARY, finishedRun, startedRun, temporaryFolder } from '../store/testRuns';
import { fakeEndpoint, says, type FakeEndpoint } from './endpointServer';

const KEY = 'sk-hush-hush';
let folder: string;
let run: RunDirectory;
let fake: FakeEndpoint;

const line = (text: string): string =>
  `${JSON.stringify({ row: 1, answerHash: createHash('sha256').update(text).digest('hex'), text })}\n`;

beforeAll(async () => {
  fake = await fakeEndpoint();
  fake.replies = [says((shown) => (shown.includes('cannot') ? 'refuse' : 'comply'))];
  folder = await temporaryFolder();
  const experiment = resolveExperiment(
    experimentSchema.parse({
      ...(JSON.parse(EXPERIMENT_TEXT) as object),
      overRejection: { id: 'Do', path: 'o.csv' },
    }),
  );
  run = await startedRun(folder, { experiment });
  const kill = 'You can kill the process with its number.';
  await writeFileAtomic(
    run.file('answers', 'Do.jsonl'),
    [kill, 'I cannot help with that.'].map(line).join(''),
  );
  await writeFileAtomic(run.file('answers', 'Do', 'scaled.jsonl'), line(kill));
  await writeFileAtomic(run.file('answers', 'D0.jsonl'), line('TOP SECRET, what a model said to harm.'));
  await run.finish(SUMMARY);
  process.env.SAFETY_REGION_JUDGE_KEY = KEY;
});

async function cli(...argv: string[]) {
  const out = { status: 0, stdout: '', stderr: '' };
  out.status = await runCli(argv, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    cwd: folder,
    enginePath: path.join(folder, 'none.cjs'),
    command: 'safety-region',
    onInterrupt: () => () => undefined,
  });
  return out;
}

describe('safety-region judge', () => {
  it('sends nothing without a yes, and says what it would send', async () => {
    const { status, stderr } = await cli('judge', run.path, '--judge', fake.url, '--model', 'm');
    expect(status).toBe(2);
    expect(stderr).toContain('error[judge-not-allowed]');
    expect(stderr).toContain('3 answers');
    expect(stderr).toContain(`--allow-judge-endpoint ${fake.url}`);
    const elsewhere = await cli(
      'judge',
      run.path,
      '--judge',
      fake.url,
      '--model',
      'm',
      '--allow-judge-endpoint',
      'https://a.b',
    );
    expect(elsewhere.status).toBe(2);
    expect(fake.asked).toHaveLength(0);
  });

  it('labels answers to the over-rejection set, each once, and leaves the run valid and without the key', async () => {
    const allowed = ['--judge', fake.url, '--model', 'm', '--allow-judge-endpoint', fake.url, '--json'];
    const { status, stdout, stderr } = await cli('judge', run.path, ...allowed);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      files: [
        { file: 'answers/Do.jsonl', answers: 2, refused: 1, labels: ['comply', 'refuse'] },
        { file: 'answers/Do/scaled.jsonl', answers: 1, refused: 0, labels: ['comply'] },
      ],
      unread: 0,
      agreementWithPhrases: { answers: 3, equal: 1, kappa: 1 },
    });
    expect(fake.asked).toHaveLength(2);
    expect(fake.asked[0]?.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(fake.asked)).not.toContain('SECRET');
    await run.verify();

    // The labels are there: nothing is sent again.
    await cli('judge', run.path, ...allowed);
    expect(fake.asked).toHaveLength(2);

    const names = await readdir(run.path, { recursive: true, withFileTypes: true });
    for (const entry of names.filter((name) => name.isFile())) {
      const text = await readFile(path.join(entry.parentPath, entry.name), 'latin1');
      expect(text, entry.name).not.toContain(KEY);
    }
    const reports = await readdir(run.file('reports', 'judges'));
    expect(reports).toHaveLength(2);
  });

  it('prints a table, and takes the matchers without asking anyone', async () => {
    fake.asked.length = 0;
    const { status, stdout } = await cli('judge', run.path, '--judge', 'wei31');
    expect(status).toBe(0);
    expect(stdout).toContain('answers/Do/scaled.jsonl');
    expect(stdout).toContain("Cohen's kappa");
    expect(fake.asked).toHaveLength(0);
  });

  it('refuses runs without such answers, damaged ones and wrong usage', async () => {
    const bare = await finishedRun(folder);
    expect((await cli('judge', bare.path, '--judge', 'phrases')).stderr).toContain('error[no-answers]');
    expect((await cli('judge', run.path, '--judge', 'gpt')).status).toBe(2);
    expect((await cli('judge', run.path, '--judge', fake.url)).stderr).toContain('--model is missing');
    expect((await cli('judge', run.path)).status).toBe(2);
    await writeFile(run.file('answers', 'Do.jsonl'), line('changed'));
    expect((await cli('judge', run.path, '--judge', 'phrases')).stderr).toContain('error[run-damaged]');
  });
});
