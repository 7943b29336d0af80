import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { asAnswerJudge } from '../../src/core/judges/judge';
import { phrases } from '../../src/core/judges/phrases';
import type { LayerReport } from '../../src/core/layers/layerReport';
import { judgeRun } from '../../src/store/judging/judgeRun';
import { openRun } from '../../src/store/runDirectory';
import { fakeEndpoint, says, status, type FakeEndpoint } from '../unit/judges/endpointServer';
import { identify, sampleVariant, withTemporaryFolder } from './engineRuns';

const XSTEST = path.resolve(
  import.meta.dirname,
  '../../native-models/sample/data/xstest/xstest_safe_extract.csv',
);
const KEY = 'sk-hush-hush';
const ITEMS = 6;

let fake: FakeEndpoint;
beforeAll(async () => {
  fake = await fakeEndpoint();
});
beforeEach(() => {
  fake.asked.length = 0;
  // Unlike any phrase matcher: by the length of the answer.
  fake.replies = [says((shown) => (shown.length % 2 === 0 ? 'refuse' : 'comply'))];
});

const experimentIn = (folder: string): Promise<string> =>
  sampleVariant(folder, {
    model: 'embedded:aligned-tiny',
    sampling: { count: 8, seed: 0, maxPromptTokens: 64, maxResponseTokens: 8 },
    overRejection: { id: 'Do', path: XSTEST, prompt: 'prompt' },
    methods: [
      {
        method: 'safeLayer',
        pairs: 20,
        range: [2, 3],
        alpha: 1.3,
        candidates: 2,
        items: ITEMS,
        bootstrap: 10,
        judge: { endpoint: fake.url, model: 'some-model', requestsPerMinute: 6000 },
      },
    ],
  });

describe('a run whose judge is elsewhere', () => {
  it('begins with a yes to that endpoint only, and sends nothing before', async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await experimentIn(folder);
      const refused = { code: 'judge-not-allowed' };
      await expect(identify({ experimentPath, outDir: folder })).rejects.toMatchObject(refused);
      const judge = { endpoint: 'https://elsewhere.example.com/v1', key: KEY };
      await expect(identify({ experimentPath, outDir: folder, judge })).rejects.toMatchObject(refused);
      expect(fake.asked).toHaveLength(0);
      expect((await readdir(folder)).filter((name) => name.includes('-sample-'))).toEqual([]);
    });
  });

  it(
    'counts by its labels, sends answers to harmless prompts alone, and keeps the key nowhere',
    { timeout: 120_000 },
    async () => {
      await withTemporaryFolder(async (folder) => {
        const experimentPath = await experimentIn(folder);
        const judge = { endpoint: fake.url, key: KEY };
        const runDir = await identify({ experimentPath, outDir: folder, judge });
        const run = await openRun(runDir);
        await run.verify();
        const id = run.manifest.experiment.datasets[0]?.id ?? '';
        const report = JSON.parse(
          await readFile(run.file('reports', 'safeLayer', `${id}.json`), 'utf8'),
        ) as LayerReport;
        expect(report.judge).toMatchObject({ endpoint: fake.url, model: 'some-model' });
        expect(report.agreementWithPhrases?.answers).toBeGreaterThan(ITEMS);

        // Every answer that went out is one to the over-rejection set, and went out once.
        const texts = new Set<string>();
        for (const name of await readdir(run.file('answers', 'Do'))) {
          const lines = (await readFile(run.file('answers', 'Do', name), 'utf8')).split('\n').filter(Boolean);
          for (const line of lines) texts.add((JSON.parse(line) as { text: string }).text);
        }
        const sent = fake.asked.map(
          ({ body }) => /^ANSWER\n(.*)\nEND\n/s.exec(body.messages.at(-1)?.content ?? '')?.[1],
        );
        expect(new Set(sent)).toEqual(texts);
        expect(fake.asked.every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true);

        for (const entry of await readdir(runDir, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const bytes = await readFile(path.join(entry.parentPath, entry.name), 'latin1');
          expect(bytes.includes(KEY), entry.name).toBe(false);
        }

        // Another judge needs no other answers: its counts are those of the labels that stand beside them.
        const again = await judgeRun(run, asAnswerJudge(phrases), { signal: new AbortController().signal });
        for (const { file, labels } of again.report.files) {
          const lines = (await readFile(run.file(file), 'utf8')).split('\n').filter(Boolean);
          expect(labels).toEqual(lines.map((line) => (JSON.parse(line) as { label: string }).label));
        }
        await run.verify();
      });
    },
  );

  it('says that the endpoint refused, and not what it wrote', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      fake.replies = [status(401)];
      const experimentPath = await experimentIn(folder);
      const judge = { endpoint: fake.url, key: KEY };
      const failure = await identify({ experimentPath, outDir: folder, judge }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'judge-failed', mend: 'Check the key of the judge.' });
      const [name] = (await readdir(folder)).filter((entry) => entry.includes('-sample-'));
      const events = await readFile(path.join(folder, name ?? '', 'events.jsonl'), 'utf8');
      expect(events).toContain('"stopped"');
      expect(events).not.toContain('hush');
    });
  });
});
