import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { formatOverlap } from '../../src/cli/tables/formatOverlap';
import { andNot, popcount, unitsOf } from '../../src/core/masks/bitset';
import { overlapRuns } from '../../src/store/overlapRuns';
import { RegionFile } from '../../src/store/regionFile';
import { openRun } from '../../src/store/runDirectory';
import { openSafetensors } from '../../src/store/safetensorsFile';
import { SAMPLE, identify, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

const MODEL = path.resolve(path.dirname(SAMPLE), '../random-tiny');

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
      { method: 'safeNeuron', keepFraction: 0.3, promptShare: 0.5, projections: ['v', 'ffn'] },
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

async function iou(a: Promise<Uint8Array[]>, b: Promise<Uint8Array[]>): Promise<number> {
  const [one, other] = [await a, await b];
  const both = count(one) - count(one.map((bits, m) => andNot(bits, other[m]!)));
  return both / (count(one) + count(other) - both);
}

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
  it('are those of runs on these samples, and leave the whole as it is', { timeout: 400_000 }, async () => {
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
        ['without8', (i) => i % 8 !== 7],
      ];
      for (const [part, isIn] of parts) {
        const own = path.join(folder, part);
        const rows = ROWS.filter((_, i) => isIn(i));
        const run = await identify({ experimentPath: await experiment(own, rows), outDir: own });
        for (const method of ['snip', 'wanda', 'safeNeuron']) {
          const made = await bitsOf(path.join(whole, 'replicates', method, `D0@${part}.safetensors`));
          const expected = await bitsOf(path.join(run, 'regions', method, 'D0.safetensors'));
          const all = await bitsOf(path.join(whole, 'regions', method, 'D0.safetensors'));
          if (method !== 'safeNeuron') expect(count(made)).toBe(count(expected));
          const differing = count(made.map((bits, m) => andNot(bits, expected[m]!)));
          const moved =
            count(made.map((bits, m) => andNot(bits, all[m]!))) +
            count(all.map((bits, m) => andNot(bits, made[m]!)));
          // Sums in another order differ in their last bits, which moves a weight at the threshold now and then.
          expect(differing, `${method} ${part}`).toBeLessThanOrEqual(count(made) / 2000);
          // One prompt of eight may well change no set of neurons.
          if (method !== 'safeNeuron' || part === 'half1') expect(moved).toBeGreaterThan(count(made) / 200);
        }
      }
      await (await openRun(whole)).verify();
    });
  });

  it('are the same bytes after a kill', { timeout: 400_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const sampling = { count: 9, maxPromptTokens: 256, maxResponseTokens: 128 };
      const replicates = { secondDraw: true };
      const experimentPath = await experiment(folder, ROWS, { replicates, sampling });
      let reports = 0;
      const run = startRun({ experimentPath, outDir: folder }, () => reports++);
      const all = ['regions', 'replicates', 'baselines'];
      const expected = await hashes((await run.result).runDir, all);
      await run.engine.stop();
      expect(Object.keys(expected)).toHaveLength(2 * (2 + 27 + 2) + 2 + 27);
      for (const share of [0.3, 0.8]) {
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

  it('give overlap its ceilings, intervals and positions', { timeout: 300_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const [first, second] = ['even', 'all'].map((name) => path.join(folder, `${name}.jsonl`));
      const lines = ROWS.map((row) => `${JSON.stringify(row)}\n`);
      await writeFile(first!, lines.filter((_, i) => i % 2 === 0).join(''));
      await writeFile(second!, lines.filter((_, i) => i % 2 === 1).join(''));
      const of = (id: string, file: string) => ({ id, path: file, prompt: 'prompt', response: 'response' });
      const runDir = await identify({
        experimentPath: await experiment(folder, ROWS, {
          datasets: [of('A', first!), of('B', second!)],
          sampling: { count: 9 },
          replicates: {},
        }),
        outDir: folder,
      });
      for (const [method, overlap] of Object.entries((await overlapRuns([runDir])).methods)) {
        const { baselines, pairwise } = overlap;
        const { splitHalfCeiling, halvesPairwise, position, jackknife, magnitudeFloor } = baselines;
        const half = (id: string, k: number) =>
          bitsOf(path.join(runDir, 'replicates', method, `${id}@half${k}.safetensors`));
        const four = [1, 2].flatMap((i) => [1, 2].map((j) => iou(half('A', i), half('B', j))));
        const halves = (await Promise.all(four)).reduce((sum, value) => sum + value / 4, 0);
        const ceilings = [await iou(half('A', 1), half('A', 2)), await iou(half('B', 1), half('B', 2))];
        expect(splitHalfCeiling).toEqual(ceilings);
        expect(halvesPairwise![0]![1]!).toBeCloseTo(halves, 12);
        // Halves know less than wholes.
        if (method !== 'safeNeuron') expect(halves).toBeLessThan(pairwise[0]![1]!);
        expect(jackknife?.blocks).toBe(8);
        expect(jackknife!.standardError[0]![1]!).toBeGreaterThan(0);
        const isNeurons = method === 'safeNeuron';
        expect(baselines.positionFloor).toBe(isNeurons ? 'procedure' : 'magnitude');
        if (isNeurons) continue;
        const floor = magnitudeFloor![0]![1]!;
        expect(floor).toBeGreaterThan(baselines.randomPairwise[0]![1]!);
        const { value, low, high } = position![0]![1]!;
        const ceiling = (ceilings[0]! + ceilings[1]!) / 2;
        expect(value).toBeCloseTo((halves - floor) / (ceiling - floor), 10);
        expect(low!).toBeLessThan(value);
        expect(high!).toBeGreaterThan(value);
        expect(position![0]![0]).toBeNull();
        // The same outside the utility region, with a floor and a ceiling of its own.
        const utility = await bitsOf(path.join(runDir, 'regions', method, 'Du.safetensors'));
        const outside = async (id: string, k: number) =>
          (await half(id, k)).map((bits, m) => andNot(bits, utility[m]!));
        const isolated = baselines.ceilingsIsoUtility!;
        const own = [
          await iou(outside('A', 1), outside('A', 2)),
          await iou(outside('B', 1), outside('B', 2)),
        ];
        expect(isolated.splitHalfCeiling).toEqual(own);
        const crossed = [1, 2].flatMap((i) => [1, 2].map((j) => iou(outside('A', i), outside('B', j))));
        const between = (await Promise.all(crossed)).reduce((sum, each) => sum + each / 4, 0);
        const least = baselines.magnitudeFloorIsoUtility![0]![1]!;
        expect(isolated.positionFloor).toBe('magnitude');
        expect(isolated.position![0]![1]!.value).toBeCloseTo(
          (between - least) / ((own[0]! + own[1]!) / 2 - least),
          10,
        );
        for (const iouWithLargest of baselines.magnitudeIou!) {
          expect(iouWithLargest!).toBeGreaterThan(baselines.randomMagnitudeIou![0]!);
        }
      }
      const report = await overlapRuns([runDir]);
      expect(formatOverlap(report, 'text')).toMatch(
        /between floor and ceiling: halves of the samples\n +pair +halves +floor +ceiling +position +low +high\n/,
      );
      expect(formatOverlap(report, 'csv')).toMatch(/\nsnip,position,,A,B,2,\d+\.\d+,\n/);
      expect(formatOverlap(report, 'csv')).toMatch(/\nsnip,positionFloor,magnitude,A,B,2,0\.\d+,\n/);
      expect(formatOverlap(report, 'csv')).toMatch(/\nsnip,isoPosition,,A,B,2,-?\d+\.\d+,\n/);
    });
  });

  it('a second draw has other rows, and its regions are the ceiling', { timeout: 400_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const sampling = { count: 9, maxPromptTokens: 256, maxResponseTokens: 128 };
      const replicates = { halves: false, jackknife: 4, secondDraw: true };
      const plain = await identify({
        experimentPath: await experiment(folder, ROWS, { sampling }),
        outDir: folder,
      });
      const runDir = await identify({
        experimentPath: await experiment(folder, ROWS, { sampling, replicates }),
        outDir: folder,
      });
      const same = ['regions', 'baselines', 'reports'];
      expect(await hashes(runDir, same)).toEqual(await hashes(plain, same));
      const run = await openRun(runDir);
      const rowsOf = async (id: string) => (await run.readSamples(id)).map(({ row }) => row);
      const [first, second] = [await rowsOf('D0'), await rowsOf('D0@draw2')];
      expect([first.length, second.length, new Set([...first, ...second]).size]).toEqual([9, 9, 18]);
      expect((await run.summary()).regions.map(({ dataset }) => dataset)).not.toContain('D0@draw2');
      const own = path.join(folder, 'own');
      const alone = await identify({
        experimentPath: await experiment(
          own,
          second.map((row) => ROWS[row - 1]!),
        ),
        outDir: own,
      });
      const { methods } = await overlapRuns([runDir]);
      for (const method of ['snip', 'wanda', 'safeNeuron']) {
        const draw = bitsOf(path.join(runDir, 'replicates', method, 'D0@draw2.safetensors'));
        const expected = bitsOf(path.join(alone, 'regions', method, 'D0.safetensors'));
        expect(await iou(draw, expected)).toBeGreaterThan(0.999);
        const region = bitsOf(path.join(runDir, 'regions', method, 'D0.safetensors'));
        const ceiling = await iou(region, draw);
        expect(ceiling).toBeLessThan(0.999);
        expect(methods[method]!.baselines.secondDrawCeiling).toEqual([ceiling]);
        expect(methods[method]!.baselines.splitHalfCeiling).toBeNull();
      }
    });
  });

  it('two draws give pairs a position at all their samples', { timeout: 400_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const lines = ROWS.map((row) => `${JSON.stringify(row)}\n`);
      const of = async (id: string, isIn: (i: number) => boolean) => {
        await writeFile(path.join(folder, `${id}.jsonl`), lines.filter((_, i) => isIn(i)).join(''));
        return { id, path: path.join(folder, `${id}.jsonl`), prompt: 'prompt', response: 'response' };
      };
      const datasets = [await of('A', (i) => i < 10), await of('B', (i) => i >= 9)];
      const methods = [{ method: 'wanda', topFraction: 0.05 }];
      const more = { datasets, methods, replicates: { halves: false, jackknife: 4, secondDraw: true } };
      const experimentPath = await experiment(folder, ROWS, { ...more, sampling: { count: 5 } });
      const runDir = await identify({ experimentPath, outDir: folder });
      const { baselines, pairwise } = (await overlapRuns([runDir])).methods.wanda!;
      const draw = (id: string, k: number) =>
        bitsOf(
          path.join(
            runDir,
            k === 1 ? 'regions' : 'replicates',
            'wanda',
            `${id}${k === 1 ? '' : '@draw2'}.safetensors`,
          ),
        );
      const four = await Promise.all(
        [1, 2].flatMap((i) => [1, 2].map((j) => iou(draw('A', i), draw('B', j)))),
      );
      expect(four[0]!).toBeCloseTo(pairwise[0]![1]!, 12);
      const between = four.reduce((sum, each) => sum + each / 4, 0);
      const ceilings = [await iou(draw('A', 1), draw('A', 2)), await iou(draw('B', 1), draw('B', 2))];
      expect(baselines.secondDrawCeiling).toEqual(ceilings);
      expect(baselines.drawsPairwise![0]![1]!).toBeCloseTo(between, 12);
      const floor = baselines.magnitudeFloor![0]![1]!;
      const { value, low, high } = baselines.drawsPosition![0]![1]!;
      expect(value).toBeCloseTo((between - floor) / ((ceilings[0]! + ceilings[1]!) / 2 - floor), 10);
      expect(low! < value && value < high!).toBe(true);
      expect(baselines.drawsPositionFloor).toBe('magnitude');
      expect(baselines.ceilingsIsoUtility!.drawsPosition![0]![1]).not.toBeNull();
      expect(formatOverlap(await overlapRuns([runDir]), 'text')).toContain('two draws of the samples');
      const tooMany = await experiment(folder, ROWS, { ...more, sampling: { count: 6 } });
      await expect(identify({ experimentPath: tooMany, outDir: folder })).rejects.toMatchObject({
        code: 'dataset-too-few-rows',
        message: expect.stringContaining(
          '12 with a second draw: dataset A has 10 rows; dataset B has 10 rows',
        ) as string,
      });
    });
  });

  it('the largest weights are those of the model', { timeout: 300_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      const runDir = await identify({ experimentPath: await experiment(folder, ROWS), outDir: folder });
      const model = await openSafetensors(path.join(MODEL, 'model.safetensors'));
      const name = 'model.layers.1.mlp.down_proj.weight';
      const { begin, end, dtype, shape } = model.tensor(name);
      const raw = new Uint8Array(end - begin);
      await model.readBytes(name, raw);
      await model.close();
      const weights =
        dtype === 'F32'
          ? new Float32Array(raw.buffer)
          : Float32Array.from(new Uint16Array(raw.buffer), (bits) => {
              expect(dtype).toBe('BF16');
              return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
            });
      const [rows, columns] = [shape[0]!, shape[1]!];
      const expected = Array.from({ length: rows }, (_, row) => {
        const order = Array.from({ length: columns }, (_, i) => row * columns + i);
        order.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
        return order.slice(0, Math.floor(columns / 20));
      }).flat();
      const region = await RegionFile.open(path.join(runDir, 'baselines/snip/magnitude.safetensors'));
      expect(unitsOf(await region.read(name))).toEqual(expected.sort((a, b) => a - b));
      await region.close();
    });
  });

  it('select from all weights together, too', { timeout: 300_000 }, async () => {
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
