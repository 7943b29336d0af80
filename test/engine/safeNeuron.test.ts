import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { summarySchema } from '../../src/core/run/summary';
import { topCount } from '../../src/core/selection/fraction';
import { openSafetensors } from '../../src/store/safetensorsFile';
import { identify, regionHashes, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

const TYPES = { paper: ['q', 'k', 'v', 'o', 'ffn'], code: ['q', 'k', 'v', 'ffn'] } as const;

async function tensor(file: string, name: string): Promise<{ data: ArrayBuffer; shape: readonly number[] }> {
  const opened = await openSafetensors(file);
  try {
    const { begin, end, shape } = opened.tensor(name);
    const bytes = new Uint8Array(end - begin);
    await opened.readBytes(name, bytes);
    return { data: bytes.buffer, shape };
  } finally {
    await opened.close();
  }
}

/** Neurons among the top floor(f n) of at least `needed` prompts, from importances [prompts, n]: by sorting. */
function keptBySorting(
  scores: Float32Array,
  [prompts = 0, n = 0]: readonly number[],
  fraction: number,
  needed: number,
): number[] {
  const counts = new Array<number>(n).fill(0);
  for (let prompt = 0; prompt < prompts; prompt++) {
    const row = scores.subarray(prompt * n, (prompt + 1) * n);
    const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
    for (const neuron of order.slice(0, topCount(fraction, n))) counts[neuron] = (counts[neuron] ?? 0) + 1;
  }
  return counts.flatMap((count, neuron) => (count >= needed ? [neuron] : []));
}

describe('a run with SafeNeuron', () => {
  const settings = { method: 'safeNeuron', keepFraction: 0.2, promptShare: 0.75 };
  const sampling = { count: 6, seed: 0, maxPromptTokens: 48, maxResponseTokens: 16 };

  it.each(['paper', 'code'] as const)('keeps what its scores say, mode %s', async (mode) => {
    await withTemporaryFolder(async (folder) => {
      const methods = [{ ...settings, mode }];
      const experimentPath = await sampleVariant(folder, { methods, sampling });
      const runDir = await identify({ experimentPath, outDir: folder, keepScores: true });
      const file = path.join(runDir, 'regions/safeNeuron/harmbench.safetensors');
      for (const layer of [0, 3]) {
        const scoreFile = path.join(runDir, `scores/safeNeuron/harmbench/00${layer}.safetensors`);
        for (const type of TYPES[mode]) {
          const { data, shape } = await tensor(scoreFile, `model.layers.${layer}.${type}`);
          expect(shape[0]).toBe(6);
          // ceil(0.75 * 6) = 5.
          const kept = keptBySorting(new Float32Array(data), shape, 0.2, 5);
          const rows = mode === 'code' && (type === 'k' || type === 'v');
          const expected = rows ? [...new Set(kept.map((i) => Math.floor(i / 2)))] : kept;
          const region = await tensor(file, `model.layers.${layer}.${type}`);
          expect([...new Int32Array(region.data)]).toEqual(expected);
        }
      }
      const summary = summarySchema.parse(
        JSON.parse(await readFile(path.join(runDir, 'summary.json'), 'utf8')),
      );
      const [region] = summary.regions;
      expect(region).toMatchObject({ unit: 'neuron', prompts: 6, role: 'identification', scope: null });
      expect(region?.settings).toMatchObject({
        mode,
        keepFraction: 0.2,
        promptShare: 0.75,
        neededPrompts: 5,
      });
      expect(region?.size).toBeGreaterThan(0);
      expect(summary.timings['neurons.qk']).toBeGreaterThan(0);
      expect(Object.keys(summary.files)).toContain('reports/safeNeuron/harmbench.json');
      const report = JSON.parse(
        await readFile(path.join(runDir, 'reports/safeNeuron/harmbench.json'), 'utf8'),
      ) as { layers: { types: Record<string, { neurons: number; expectedAtRandom: number }> }[] };
      const { neurons, expectedAtRandom } = report.layers[0]!.types.v!;
      // Two query heads a key/value head: mode code ranks twice as many entries as there are rows.
      const repeat = mode === 'code' ? 2 : 1;
      const q = Math.floor(0.2 * neurons * repeat) / (neurons * repeat);
      const chance = 6 * q ** 5 * (1 - q) + q ** 6;
      expect(expectedAtRandom).toBeCloseTo(neurons * (1 - (1 - chance) ** repeat), 10);
    });
  });

  it('keeps micro-batches apart that are computed side by side', async () => {
    await withTemporaryFolder(async (folder) => {
      // Several micro-batches of unequal size, one at a time and two.
      const many = { count: 12, seed: 0, maxPromptTokens: 128, maxResponseTokens: 48 };
      const experimentPath = await sampleVariant(folder, { methods: [settings], sampling: many });
      const alone = await identify({ experimentPath, outDir: folder, threads: 1 });
      const sideBySide = await identify({ experimentPath, outDir: folder, threads: 2 });
      expect(await regionHashes(sideBySide)).toEqual(await regionHashes(alone));
      const samples = (await readFile(path.join(alone, 'samples/harmbench.jsonl'), 'utf8'))
        .trim()
        .split('\n');
      const longest = samples.map((line) => (JSON.parse(line) as { tokenIds: number[] }).tokenIds.length);
      // A micro-batch has 256 rows at most.
      expect(longest.reduce((sum, length) => sum + length)).toBeGreaterThan(3 * 256);
    });
  });

  it(
    'gives the same bytes after kill -9 between layers, beside SNIP or alone',
    { timeout: 120_000 },
    async () => {
      await withTemporaryFolder(async (folder) => {
        const methods = [{ method: 'snip' }, settings];
        const experimentPath = await sampleVariant(folder, { methods, sampling });
        const expected = await regionHashes(await identify({ experimentPath, outDir: folder }));
        let killed = false;
        const run = startRun({ experimentPath, outDir: folder }, ({ phase, layer }, { pid }) => {
          if (killed || phase !== 'forward' || layer !== 2 || pid === undefined) return;
          killed = true;
          process.kill(pid, 'SIGKILL');
        });
        await expect(run.result).rejects.toThrow();
        await run.engine.stop();
        expect(killed).toBe(true);
        const runDir = await identify({ resumeDir: run.runDir() ?? '' });
        expect(await regionHashes(runDir)).toEqual(expected);

        const alone = await sampleVariant(folder, { methods: [settings], sampling });
        const hashes = await regionHashes(await identify({ experimentPath: alone, outDir: folder }));
        for (const [name, hash] of Object.entries(hashes)) expect(hash).toBe(expected[name]);
        expect(Object.keys(hashes).length).toBe(5);
      });
    },
  );
});
