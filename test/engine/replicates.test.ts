import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { andNot, popcount } from '../../src/core/masks/bitset';
import { RegionFile } from '../../src/store/regionFile';
import { openRun } from '../../src/store/runDirectory';
import { identify, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

/** Prompts of many lengths, so that micro-batches mix blocks. */
const ROWS = Array.from({ length: 19 }, (_, i) => ({
  prompt: `Question ${i}: ${'why does the kettle sing when it boils '.repeat(1 + ((i * 7) % 5))}?`,
  response: `Answer ${i * i}: ${'because the water moves '.repeat(1 + ((i * 3) % 4))}.`,
}));

async function experiment(
  folder: string,
  rows: typeof ROWS,
  more: Record<string, unknown> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const data = path.join(folder, 'rows.jsonl');
  await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const set = { path: data, prompt: 'prompt', response: 'response' };
  return sampleVariant(folder, {
    datasets: [{ id: 'D0', ...set }],
    utility: { id: 'Du', ...set },
    responses: { source: 'dataset' },
    sampling: { count: rows.length, maxPromptTokens: 256, maxResponseTokens: 128 },
    methods: [
      { method: 'snip', topFraction: 0.05 },
      { method: 'wanda', topFraction: 0.05, scope: 'matrix' },
    ],
    ...more,
  });
}

async function bitsOf(file: string): Promise<Uint8Array[]> {
  const region = await RegionFile.open(file);
  const bits: Uint8Array[] = [];
  for (const { name } of region.tensors) bits.push(await region.read(name));
  await region.close();
  return bits;
}

const count = (sets: readonly Uint8Array[]): number => sets.reduce((sum, set) => sum + popcount(set), 0);

async function hashes(runDir: string, folders: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const folder of folders) {
    const names = await readdir(path.join(runDir, folder), { recursive: true }).catch(() => []);
    for (const name of names.filter((file) => /\.(safetensors|json)$/.test(file)).sort()) {
      const bytes = await readFile(path.join(runDir, folder, name));
      found[`${folder}/${name}`] = createHash('sha256').update(bytes).digest('hex');
    }
  }
  return found;
}

describe('regions of parts of the samples', () => {
  it('are those of runs on these samples, and leave the whole as it is', { timeout: 180_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const plain = await identify({ experimentPath: await experiment(folder, ROWS), outDir: folder });
      const whole = await identify({
        experimentPath: await experiment(folder, ROWS, { replicates: { halves: true, jackknife: 8 } }),
        outDir: folder,
      });
      expect(await hashes(whole, ['regions', 'baselines'])).toEqual(
        await hashes(plain, ['regions', 'baselines']),
      );
      const parts: [string, (i: number) => boolean][] = [
        ['half1', (i) => i % 2 === 0],
        ['half2', (i) => i % 2 === 1],
        ['without1', (i) => i % 8 !== 0],
        ['without8', (i) => i % 8 !== 7],
      ];
      for (const [part, isIn] of parts) {
        const own = path.join(folder, part);
        const rows = ROWS.filter((_, i) => isIn(i));
        const run = await identify({ experimentPath: await experiment(own, rows), outDir: own });
        for (const method of ['snip', 'wanda']) {
          const made = await bitsOf(path.join(whole, 'replicates', method, `D0@${part}.safetensors`));
          const expected = await bitsOf(path.join(run, 'regions', method, 'D0.safetensors'));
          const all = await bitsOf(path.join(whole, 'regions', method, 'D0.safetensors'));
          expect(count(made)).toBe(count(expected));
          const differing = count(made.map((bits, m) => andNot(bits, expected[m]!)));
          const fromWhole = count(made.map((bits, m) => andNot(bits, all[m]!)));
          // Sums in another order differ in their last bits, which moves a weight at the threshold now and then.
          expect(differing, `${method} ${part}`).toBeLessThanOrEqual(count(made) / 2000);
          expect(fromWhole).toBeGreaterThan(count(made) / 200);
        }
      }
      await (await openRun(whole)).verify();
    });
  });

  it('are the same bytes after a kill', { timeout: 180_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await experiment(folder, ROWS, { replicates: {} });
      let reports = 0;
      const run = startRun({ experimentPath, outDir: folder }, () => reports++);
      const all = ['regions', 'replicates', 'baselines'];
      const expected = await hashes((await run.result).runDir, all);
      await run.engine.stop();
      expect(Object.keys(expected)).toHaveLength(2 * (2 + 10 + 2));
      for (const share of [0.2, 0.5, 0.7, 0.9]) {
        let seen = 0;
        const killed = startRun({ experimentPath, outDir: folder }, (_, engine) => {
          if (seen++ === Math.floor(share * reports) && engine.pid !== undefined) {
            process.kill(engine.pid, 'SIGKILL');
          }
        });
        await killed.result.catch(() => undefined);
        const resumeDir = killed.runDir();
        await killed.engine.stop();
        expect(resumeDir).toBeDefined();
        expect(await hashes(await identify({ resumeDir: resumeDir! }), all)).toEqual(expected);
      }
    });
  });

  it('select from all weights together, too', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const methods = ['snip', 'wanda'].map((method) => ({ method, topFraction: 0.05, scope: 'model' }));
      const runDir = await identify({
        experimentPath: await experiment(folder, ROWS, { replicates: { jackknife: 0 }, methods }),
        outDir: folder,
        keepScores: true,
      });
      for (const method of ['snip', 'wanda']) {
        expect((await readdir(path.join(runDir, 'replicates', method))).sort()).toEqual(
          [1, 2].map((half) => `D0@half${half}.safetensors`),
        );
        expect((await readdir(path.join(runDir, 'scores', method))).sort()).toEqual(['D0', 'Du']);
        const [half, whole] = await Promise.all(
          ['replicates/M/D0@half1', 'regions/M/D0'].map((file) =>
            bitsOf(path.join(runDir, `${file.replace('M', method)}.safetensors`)),
          ),
        );
        expect(count(half!)).toBe(count(whole!));
      }
    });
  });
});
