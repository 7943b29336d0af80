import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { ToolError } from '../../src/protocol/errors';
import { openRun } from '../../src/store/runDirectory';
import { identify, regionHashes, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

/** random-tiny has no notion of a refusal: its answers are any tokens. They serve as those of a utility set. */
async function utilityVariant(folder: string, change: Record<string, unknown> = {}): Promise<string> {
  const file = await sampleVariant(folder, {});
  const { utility } = JSON.parse(await readFile(file, 'utf8')) as { utility: Record<string, unknown> };
  return sampleVariant(folder, {
    utility: { ...utility, responses: { source: 'model', maxNewTokens: 12 } },
    sampling: { count: 8, seed: 0, maxPromptTokens: 64, maxResponseTokens: 8 },
    ...change,
  });
}

const readLines = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a run on the model's own answers", () => {
  it('feeds the tokens that were generated, and says how many there were', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder);
      const phases = new Set<string>();
      const fractions: number[] = [];
      const { engine, result } = startRun({ experimentPath, outDir: folder }, ({ phase, fraction }) => {
        phases.add(phase);
        fractions.push(fraction);
      });
      const { runDir } = await result;
      await engine.stop();
      expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
      expect([...phases].slice(0, 2)).toEqual(['answers', 'forward']);
      const run = await openRun(runDir);
      const answers = await readLines(run.file('answers', 'self-instruct.jsonl'));
      const samples = await run.readSamples('self-instruct');
      expect(samples).toHaveLength(8);
      for (const { row, tokenIds, responseStart } of samples) {
        const answer = answers.find((line) => line.row === row)?.tokenIds as number[];
        expect(answer.length).toBeLessThanOrEqual(12);
        expect(tokenIds.slice(responseStart)).toEqual(answer.slice(0, 8));
      }
      const summary = await run.summary();
      expect(summary.answers).toMatchObject({ 'self-instruct': { kept: 8, judge: 'phrases' } });
      expect(Object.keys(summary.answers ?? {})).toEqual(['self-instruct']);
      expect(Object.keys(summary.files)).toContain('answers/self-instruct.jsonl');
      expect(summary.losses['self-instruct']?.perSample.every((loss) => loss !== null && loss > 0)).toBe(
        true,
      );
      await run.verify();
    });
  });

  it('goes on after kill -9 while it answers, with the same regions', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder);
      const whole = await identify({ experimentPath, outDir: folder });
      const run = startRun({ experimentPath, outDir: folder }, ({ phase, batch }, engine) => {
        if (phase === 'answers' && batch >= 2 && engine.pid !== undefined)
          process.kill(engine.pid, 'SIGKILL');
      });
      await expect(run.result).rejects.toMatchObject({ code: 'engine-gone' });
      const runDir = run.runDir() ?? '';
      expect(await (await openRun(runDir)).state()).toBe('interrupted');
      const before = await readLines(path.join(runDir, 'answers', 'self-instruct.jsonl'));
      expect(before.length).toBeGreaterThan(0);
      const resumed = await identify({ resumeDir: runDir });
      expect(await regionHashes(resumed)).toEqual(await regionHashes(whole));
      for (const file of ['answers/self-instruct.jsonl', 'samples/self-instruct.jsonl']) {
        const bytes = (dir: string): Promise<string> => readFile(path.join(dir, file), 'utf8');
        expect(await bytes(resumed)).toBe(await bytes(whole));
      }
      const [first, second] = await Promise.all([openRun(resumed), openRun(whole)]);
      expect((await first.summary()).answers).toEqual((await second.summary()).answers);
    });
  });

  it('is cancelled while it answers, and keeps what is there', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder);
      const controller = new AbortController();
      const run = startRun(
        { experimentPath, outDir: folder },
        ({ phase, batch }) => {
          if (phase === 'answers' && batch >= 1) controller.abort();
        },
        controller.signal,
      );
      await expect(run.result).rejects.toMatchObject({ kind: 'cancelled' });
      await run.engine.stop();
      const resumed = await identify({ resumeDir: run.runDir() ?? '' });
      expect((await (await openRun(resumed)).summary()).answers).toHaveProperty('self-instruct');
    });
  });
});

describe('a run on refusals', () => {
  // aligned-tiny refuses nearly all of these prompts; wei31 calls every short answer a refusal, and has no last word.
  const change = {
    model: 'embedded:aligned-tiny',
    responses: { source: 'model', maxNewTokens: 24, judge: 'wei31' },
  };
  const sampleRows = async (runDir: string, id: string): Promise<number[]> =>
    (await (await openRun(runDir)).readSamples(id)).map(({ row }) => row);

  it('has the rows of any other source where all are kept, and its report after a resume', async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder, change);
      const whole = await identify({ experimentPath, outDir: folder });
      const killed = startRun({ experimentPath, outDir: folder }, ({ phase }, engine) => {
        if (phase === 'backward' && engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      });
      await expect(killed.result).rejects.toMatchObject({ code: 'engine-gone' });
      const resumed = await identify({ resumeDir: killed.runDir() ?? '' });
      expect(await regionHashes(resumed)).toEqual(await regionHashes(whole));
      const { answers } = await (await openRun(whole)).summary();
      expect(answers?.catqa).toMatchObject({ judge: 'wei31', asked: 8, refused: 8, dropped: 0, kept: 8 });
      expect((await (await openRun(resumed)).summary()).answers).toEqual(answers);

      const fixed = await utilityVariant(folder, {
        ...change,
        responses: { source: 'fixed', text: 'No.' },
      });
      const other = await identify({ experimentPath: fixed, outDir: folder });
      // Where no row was dropped.
      const kept = Object.entries(answers ?? {}).filter(([, { asked }]) => asked === 8);
      expect(kept.length).toBeGreaterThanOrEqual(3);
      for (const [id] of kept) expect(await sampleRows(whole, id)).toEqual(await sampleRows(other, id));
      for (const [id, { dropped, refused }] of Object.entries(answers ?? {})) {
        const unkept = (await readLines(path.join(whole, 'answers', `${id}.jsonl`))).filter(
          ({ tokenIds }) => tokenIds === undefined,
        );
        expect(unkept).toHaveLength(id === 'self-instruct' ? 0 : dropped);
        expect(refused).toBeGreaterThanOrEqual(8);
      }
    });
  }, 120_000);
});

describe('a model that does not refuse', () => {
  it('gives no region of refusals, and no trace of what it said', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder, {
        responses: { source: 'model', maxNewTokens: 10 },
      });
      const run = startRun({ experimentPath, outDir: folder });
      const error: unknown = await run.result.catch((thrown: unknown) => thrown);
      await run.engine.stop();
      const runDir = run.runDir() ?? '';
      if (!(error instanceof ToolError)) throw new Error('It ran.');
      expect(error).toMatchObject({ kind: 'input', code: 'too-few-refusals' });
      expect(error.message).toMatch(/dataset harmbench: the model refused 0 of all \d+ prompts/);
      const folderOfAnswers = path.join(runDir, 'answers');
      for (const name of await readdir(folderOfAnswers)) {
        if (name.startsWith('self-instruct')) continue;
        for (const line of await readLines(path.join(folderOfAnswers, name))) {
          expect(line.label).not.toBe('refuse');
          expect(line).not.toHaveProperty('text');
          expect(line).not.toHaveProperty('tokenIds');
        }
      }
      expect(await readdir(runDir)).not.toContain('samples');
    });
  });

  it('is a usage error where its answers are to be fed unfiltered', async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await utilityVariant(folder, {
        responses: { source: 'model', refusalsOnly: false },
      });
      const { engine, result } = startRun({ experimentPath, outDir: folder });
      await expect(result).rejects.toMatchObject({ kind: 'usage', code: 'responses-not-stored' });
      await engine.stop();
    });
  });
});
