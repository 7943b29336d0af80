import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { popcount, unitsOf } from '../../src/core/masks/bitset';
import type { NlsrReport } from '../../src/engine/nlsr/nlsrReport';
import { remainingCount } from '../../src/engine/nlsr/nlsrRules';
import { openRun } from '../../src/store/runDirectory';
import { openSafetensors } from '../../src/store/safetensorsFile';
import { identify, regionHashes, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';
import { LAYERS, SIZES, writeRandomAdapter, type RandomAdapter } from './randomAdapter';

const DATASETS = ['harmbench', 'catqa', 'simplesafetytests', 'donotanswer', 'self-instruct'];

async function variant(
  folder: string,
  settings: Record<string, unknown> = {},
  adapter: RandomAdapter = { rank: 5 },
  name = 'lora',
): Promise<string> {
  await writeRandomAdapter(path.join(folder, name), adapter);
  return sampleVariant(folder, { adapter: name, methods: [{ method: 'nlsr', ...settings }] });
}

async function readRegion(runDir: string, method: string, dataset: string) {
  const file = await openSafetensors(path.join(runDir, 'regions', method, `${dataset}.safetensors`));
  try {
    const bits = new Map<string, Uint8Array>();
    for (const [name, { begin, end }] of file.tensors) {
      const bytes = new Uint8Array(end - begin);
      await file.readBytes(name, bytes);
      bits.set(name, bytes);
    }
    const shapes = JSON.parse(file.metadata.get('shapes') ?? '{}') as Record<string, [number, number]>;
    return { bits, shapes, metadata: file.metadata };
  } finally {
    await file.close();
  }
}

async function readScores(runDir: string, dataset: string): Promise<Map<string, Float32Array>> {
  const scores = new Map<string, Float32Array>();
  for (let layer = 0; layer < LAYERS; layer++) {
    const file = await openSafetensors(path.join(runDir, 'scores/nlsr', dataset, `00${layer}.safetensors`));
    for (const [name, { begin, end }] of file.tensors) {
      const values = new Float32Array((end - begin) / 4);
      await file.readBytes(name, new Uint8Array(values.buffer));
      scores.set(name, values);
    }
    await file.close();
  }
  return scores;
}

const readReport = async (runDir: string, dataset: string): Promise<NlsrReport> =>
  JSON.parse(await readFile(path.join(runDir, 'reports/nlsr', `${dataset}.json`), 'utf8')) as NlsrReport;

/** All bits of a region as one list of units, for overlaps. */
async function regionUnits(runDir: string, method: string, dataset: string): Promise<Set<string>> {
  const { bits } = await readRegion(runDir, method, dataset);
  return new Set([...bits].flatMap(([name, bytes]) => unitsOf(bytes).map((unit) => `${name} ${unit}`)));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((unit) => b.has(unit)).length;
  return both / (a.size + b.size - both);
}

describe('NLSR', () => {
  it('selects the top of its own scores, and says how much', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await variant(folder, { sparsity: 0.7 });
      const runDir = await identify({ experimentPath, outDir: folder, keepScores: true });
      const { regions, warnings } = await (await openRun(runDir)).summary();
      expect(warnings.filter((text) => text.startsWith('nlsr'))).toEqual([]);
      expect(regions.map(({ method, dataset }) => `${method} ${dataset}`)).toEqual(
        ['nlsr', 'nlsr-gaugefree'].flatMap((method) => DATASETS.map((dataset) => `${method} ${dataset}`)),
      );
      for (const dataset of DATASETS) {
        const { bits, shapes, metadata } = await readRegion(runDir, 'nlsr', dataset);
        const scores = await readScores(runDir, dataset);
        const names = Object.entries(SIZES).flatMap(([module]) =>
          ['A', 'B'].map((side) => `base_model.model.model.layers.2.${module}.lora_${side}.weight`),
        );
        expect([...bits.keys()].filter((name) => name.includes('layers.2.'))).toEqual(names);
        expect([...bits.keys()].sort()).toEqual([...scores.keys()].sort());
        expect(metadata.get('payload')).toBe('lora');
        for (const [name, values] of scores) {
          const order = [...values.keys()].sort((i, j) => (values[j] ?? 0) - (values[i] ?? 0) || i - j);
          const top = order.slice(0, remainingCount(0.7, values.length)).sort((i, j) => i - j);
          expect(unitsOf(bits.get(name)!)).toEqual(top);
          expect(shapes[name]!.reduce((product, size) => product * size, 1)).toBe(values.length);
        }
        const report = await readReport(runDir, dataset);
        const size = (side: string): number =>
          [...bits]
            .filter(([name]) => name.includes(side))
            .reduce((sum, [, bytes]) => sum + popcount(bytes), 0);
        expect(report.sizes.A.size).toBe(size('lora_A'));
        expect(report.sizes.B.size).toBe(size('lora_B'));
        expect(report.sizes.pooled.universe).toBe(
          [...scores.values()].reduce((sum, own) => sum + own.length, 0),
        );
        // 5 directions, of which floor(1.5) are kept.
        expect(
          new Set(report.modules.flatMap(({ keptA, keptB, directions }) => [keptA, keptB, directions])),
        ).toEqual(new Set([1]));
        const free = await readRegion(runDir, 'nlsr-gaugefree', dataset);
        expect(free.metadata.get('payload')).toBe('weights');
        expect([...free.bits.keys()]).toHaveLength(LAYERS * 7);
        const freeSize = [...free.bits.values()].reduce((sum, bytes) => sum + popcount(bytes), 0);
        const own = (method: string) =>
          regions.find((entry) => entry.method === method && entry.dataset === dataset);
        expect(own('nlsr')).toMatchObject({
          ...report.sizes.pooled,
          unit: 'weight',
          prompts: report.prompts,
        });
        expect(own('nlsr-gaugefree')).toMatchObject({ size: freeSize, ...report.gaugeFree });
      }
    });
  });

  it('goes on after kills to the same bytes, and refuses an adapter that has changed', { timeout: 180_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await variant(folder, { mode: 'code' });
      const expected = await regionHashes(await identify({ experimentPath, outDir: folder }));
      expect(Object.keys(expected)).toHaveLength(2 * DATASETS.length);
      for (const [layer, delayMs] of [[0, 20], [1, 0], [2, 40], [3, 0]] as const) {
        let killed = false;
        const run = startRun({ experimentPath, outDir: folder }, (progress, engine) => {
          const { pid } = engine;
          if (killed || pid === undefined || progress.phase !== 'adapter' || progress.layer !== layer) return;
          killed = true;
          setTimeout(() => process.kill(pid, 'SIGKILL'), delayMs);
        });
        await expect(run.result).rejects.toThrow();
        await run.engine.stop();
        expect(killed).toBe(true);
        const runDir = run.runDir()!;
        const lora = path.join(folder, 'lora/adapter_model.safetensors');
        const bytes = await readFile(lora);
        const changed = Uint8Array.from(bytes);
        changed[changed.length - 1]! ^= 1;
        await writeFile(lora, changed);
        await expect(identify({ resumeDir: runDir })).rejects.toMatchObject({ code: 'adapter-changed' });
        await writeFile(lora, bytes);
        expect(await regionHashes(await identify({ resumeDir: runDir }))).toEqual(expected);
        await (await openRun(runDir)).verify();
      }
    });
  }); // prettier-ignore

  it('gives the same regions in one group of datasets and in several', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      await writeRandomAdapter(path.join(folder, 'lora'), { rank: 5 });
      const base = { adapter: 'lora', methods: [{ method: 'nlsr' }] };
      const one = await identify({ experimentPath: await sampleVariant(folder, base), outDir: folder });
      const several = await identify({
        experimentPath: await sampleVariant(folder, { ...base, engine: { diskBudgetMiB: 1 } }),
        outDir: folder,
      });
      const groups = (await openRun(several)).manifest.plan.groups as string[][];
      expect(groups.length).toBeGreaterThan(1);
      expect(await regionHashes(several)).toEqual(await regionHashes(one));
    });
  });

  it('can be cancelled while it adapts', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await variant(folder);
      const cancel = new AbortController();
      const run = startRun(
        { experimentPath, outDir: folder },
        ({ phase, layer }) => phase === 'adapter' && layer === 1 && cancel.abort(),
        cancel.signal,
      );
      await expect(run.result).rejects.toMatchObject({ kind: 'cancelled' });
      await run.engine.stop();
    });
  });

  it('finds one region of the product in any basis, and others of the matrices (T39)', { timeout: 180_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const settings = { sparsity: 0.5, blocks: 'independent' };
      const run = async (adapter: RandomAdapter): Promise<string> =>
        identify({ experimentPath: await variant(folder, settings, adapter), outDir: folder });
      const plain = await run({ rank: 5 });
      const others = [await run({ rank: 5, turn: 0.7 }), await run({ rank: 5, turn: 0.7, stretch: 3 })];
      for (const other of others) {
        for (const [method, low, high] of [['nlsr', 0, 0.9], ['nlsr-gaugefree', 0.995, 1]] as const) {
          const overlap = jaccard(
            await regionUnits(plain, method, 'catqa'),
            await regionUnits(other, method, 'catqa'),
          );
          expect(overlap).toBeGreaterThanOrEqual(low);
          expect(overlap).toBeLessThanOrEqual(high);
        }
      }
    });
  }); // prettier-ignore

  it('adapts some projections only, with the gauge-free region left out', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await variant(
        folder,
        { mode: 'code', gaugeFree: false, rankRule: 'paper', extrapolation: 0 },
        { rank: 8, targets: ['self_attn.v_proj', 'mlp.down_proj'] },
      );
      const runDir = await identify({ experimentPath, outDir: folder });
      expect(Object.keys(await regionHashes(runDir))).toEqual(
        DATASETS.map((id) => `nlsr/${id}.safetensors`).sort(),
      );
      const report = await readReport(runDir, 'harmbench');
      expect(report.gaugeFree).toBeNull();
      expect(report.settings).toMatchObject({ mode: 'code', rankRule: 'paper', updateFactor: 1 });
      expect(report.modules).toHaveLength(2 * LAYERS);
      expect(report.modules.map(({ directions }) => directions)).toEqual(Array(2 * LAYERS).fill(1));
      // Strictly above the threshold: one fewer than a fifth.
      for (const { sizeA, universeA } of report.modules)
        expect(sizeA).toBe(universeA - Math.floor(universeA * 0.8) - 1);
    });
  });

  it('warns where datasets have adapters of their own (T39)', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      await writeRandomAdapter(path.join(folder, 'lora'), { rank: 5 });
      await writeRandomAdapter(path.join(folder, 'other'), { rank: 3 });
      const single = await sampleVariant(folder, { adapter: 'lora', methods: [{ method: 'nlsr' }] });
      const alone = await identify({ experimentPath: single, outDir: folder });
      const { datasets } = JSON.parse(await readFile(single, 'utf8')) as {
        datasets: Record<string, unknown>[];
      };
      const [first, ...rest] = datasets;
      const mixed = await sampleVariant(folder, {
        adapter: 'lora',
        datasets: [{ ...first, adapter: 'other' }, ...rest].map((set) => ({
          ...set,
          path: String((set as { path: unknown }).path),
        })),
        methods: [{ method: 'nlsr' }],
      });
      const runDir = await identify({ experimentPath: mixed, outDir: folder });
      const run = await openRun(runDir);
      const { warnings } = await run.summary();
      expect(warnings.filter((text) => text.includes('the datasets have 2 adapters'))).toHaveLength(1);
      expect(run.manifest.adapters?.map(({ reference }) => reference).sort()).toEqual(['lora', 'other']);
      expect((await readReport(runDir, 'harmbench')).adapter).toBe('other');
      const [own, others] = [await regionHashes(alone), await regionHashes(runDir)];
      const same = Object.keys(own).filter((name) => own[name] === others[name]);
      expect(same.sort()).toEqual(
        Object.keys(own)
          .filter((name) => !name.includes('harmbench'))
          .sort(),
      );
    });
  });

  it('runs with the adapter that is shipped', { timeout: 120_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const embedded = path.resolve(import.meta.dirname, '../../native-models/aligned-tiny-lora');
      for (const line of (await readFile(path.join(embedded, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n')) {
        const [sum, name = ''] = line.split('  ');
        const bytes = await readFile(path.join(embedded, name));
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sum);
      }
      const change = { model: 'embedded:aligned-tiny', methods: [{ method: 'nlsr' }] };
      const byName = await sampleVariant(folder, { ...change, adapter: 'embedded:aligned-tiny-lora' });
      const runDir = await identify({ experimentPath: byName, outDir: folder });
      const report = await readReport(runDir, 'catqa');
      expect(report.modules).toHaveLength(6 * 7);
      expect(report.warnings).toEqual([]);
      for (const { rank, keptA, keptB } of report.modules) expect([rank, keptA, keptB]).toEqual([8, 1, 1]);
      const byPath = await sampleVariant(folder, { ...change, adapter: embedded });
      expect(await regionHashes(await identify({ experimentPath: byPath, outDir: folder }))).toEqual(
        await regionHashes(runDir),
      );
    });
  });

  it('asks for an adapter that fits the model', { timeout: 60_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const none = await sampleVariant(folder, { methods: [{ method: 'nlsr' }] });
      await expect(identify({ experimentPath: none, outDir: folder })).rejects.toMatchObject({
        kind: 'usage',
        code: 'adapter-missing',
      });
      const missing = await sampleVariant(folder, { adapter: 'nowhere', methods: [{ method: 'nlsr' }] });
      await expect(identify({ experimentPath: missing, outDir: folder })).rejects.toMatchObject({
        kind: 'input',
        code: 'adapter-not-found',
      });
      const other = await sampleVariant(folder, {
        adapter: 'embedded:aligned-tiny-lora',
        methods: [{ method: 'nlsr' }],
      });
      await expect(identify({ experimentPath: other, outDir: folder })).rejects.toMatchObject({
        code: /^adapter-/,
      });
    });
  });
});
