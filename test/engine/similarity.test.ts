import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cosine } from '../../src/core/similarity/centroids';
import { openEncoder } from '../../src/engine/embed/openEncoder';
import { openRun } from '../../src/store/runDirectory';
import { readSimilarity } from '../../src/store/similarityFile';
import { overlapRuns } from '../../src/store/overlapRuns';
import { SAMPLE, identify, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

const ENCODER = path.resolve(import.meta.dirname, '../golden/data/encoder');
const IDS = ['harmbench', 'catqa', 'simplesafetytests', 'donotanswer', 'self-instruct'];

describe('similarity of the datasets of a run', () => {
  it(
    'is read off the middle layer, the same after a kill and a resume, and stands beside the IoU',
    { timeout: 120_000 },
    async () => {
      await withTemporaryFolder(async (folder) => {
        const runDir = await identify({ experimentPath: SAMPLE, outDir: folder });
        const run = await openRun(runDir);
        const similarity = await readSimilarity(run);
        expect(similarity?.source).toMatchObject({ kind: 'model', layer: 2, layers: 4, pooling: 'mean' });
        expect(similarity?.datasets.map(({ id }) => id)).toEqual(IDS);
        expect(similarity?.datasets.map(({ kind }) => kind)).toEqual([
          'single',
          'multi',
          'single',
          'single',
          null,
        ]);
        for (const { id, promptTokens, promptHashes, centroid } of similarity?.datasets ?? []) {
          const samples = await run.readSamples(id);
          expect(promptTokens).toBeCloseTo(
            samples.reduce((sum, { responseStart }) => sum + responseStart, 0) / samples.length,
            10,
          );
          expect(promptHashes).toHaveLength(samples.length);
          expect(Math.hypot(...centroid)).toBeLessThanOrEqual(1 + 1e-6);
        }

        const { snip } = (await overlapRuns([runDir])).methods;
        expect(snip?.similarity?.measure).toBe('isoUtility');
        expect(snip?.similarity?.sets.single?.scatter).toHaveLength(3);
        expect(snip?.similarity?.sets.all?.mantel).toMatchObject({ permutations: 24, exact: true });

        const killed = startRun({ experimentPath: SAMPLE, outDir: folder }, ({ phase, layer }, engine) => {
          if (phase === 'backward' && layer === 1 && engine.pid !== undefined)
            process.kill(engine.pid, 'SIGKILL');
        });
        await killed.result.catch(() => undefined);
        const resumeDir = killed.runDir();
        expect(resumeDir).toBeDefined();
        const resumed = await identify({ ...(resumeDir ? { resumeDir } : {}) });
        const text = (dir: string): Promise<string> =>
          readFile(path.join(dir, 'reports', 'similarity.json'), 'utf8');
        // Not toBe: two long lines are no message.
        expect((await text(resumed)) === (await text(runDir))).toBe(true);
      });
    },
  );

  it('is that of a sentence encoder where one is named', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      await cp(ENCODER, path.join(folder, 'encoder'), { recursive: true });
      const experimentPath = await sampleVariant(folder, { similarity: { encoder: 'encoder' } });
      const run = await openRun(await identify({ experimentPath, outDir: folder }));
      const similarity = await readSimilarity(run);
      expect(similarity?.source).toMatchObject({ kind: 'encoder', name: 'encoder', format: 'safetensors' });

      // The prompts of one set, read from its file without the product.
      const found = similarity?.datasets.find(({ id }) => id === 'donotanswer');
      const file = path.join(path.dirname(SAMPLE), 'data/donotanswer/information_hazard.jsonl');
      const lines = (await readFile(file, 'utf8')).split('\n').filter((text) => text !== '');
      const texts = (await run.readSamples('donotanswer')).map(
        ({ row }) => (JSON.parse(lines[row - 1] ?? '') as { prompt: string }).prompt,
      );
      const encoder = await openEncoder(ENCODER, 1);
      const { embeddings } = await encoder.embed(texts, { signal: new AbortController().signal });
      await encoder.close();
      const mean = Array.from(embeddings[0] ?? [], (_, i) =>
        embeddings.reduce((sum, embedding) => sum + (embedding[i] ?? 0) / embeddings.length, 0),
      );
      expect(cosine(found?.centroid ?? [], mean)).toBeCloseTo(1, 10);
      mean.forEach((value, i) => expect(found?.centroid[i]).toBeCloseTo(value, 6));
      expect((await run.summary()).timings.similarity).toBeGreaterThan(0);
    });
  });

  it('refuses an encoder that is not there before a run begins', async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await sampleVariant(folder, { similarity: { encoder: 'no-encoder' } });
      await rm(path.join(folder, 'no-encoder'), { recursive: true, force: true });
      await expect(identify({ experimentPath, outDir: folder })).rejects.toMatchObject({
        code: 'encoder-missing',
      });
    });
  });
});
