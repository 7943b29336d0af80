import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

import { phrases } from '../../src/core/judges/phrases';
import type { LayerReport } from '../../src/core/layers/layerReport';
import type { Sample } from '../../src/core/run/sample';
import { decoderBlock } from '../../src/engine/blocks/decoderBlock';
import { openModel, type ModelSource } from '../../src/engine/formats/modelDirectory';
import { loadTokenizer } from '../../src/engine/formats/tokenizer';
import { generateGreedy } from '../../src/engine/generate/generateGreedy';
import { stopTokens } from '../../src/engine/generate/stopTokens';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { LayerWeights } from '../../src/engine/stream/layerWeights';
import { PositionTables } from '../../src/engine/stream/passContext';
import { openRun } from '../../src/store/runDirectory';
import { openSafetensors } from '../../src/store/safetensorsFile';
import { openGraph } from '../unit/graph/runGraph';
import { identify, regionHashes, sampleVariant, startRun, withTemporaryFolder } from './engineRuns';

const embeddedRoot = path.resolve(import.meta.dirname, '../../native-models');
const XSTEST = path.join(embeddedRoot, 'sample/data/xstest/xstest_safe_extract.csv');
const CATQA = path.join(embeddedRoot, 'sample/data/catqa/catqa_extract.json');
const COUNT = 8;
const OVER_REJECTION = { id: 'Do', path: XSTEST, prompt: 'prompt' };
const SWEEP = {
  method: 'safeLayer',
  pairs: 60,
  range: [2, 3],
  alpha: 1.3,
  candidates: 3,
  items: 14,
  bootstrap: 50,
};

async function layerVariant(
  folder: string,
  settings: Record<string, unknown>,
  change: Record<string, unknown> = {},
): Promise<string> {
  return sampleVariant(folder, {
    model: 'embedded:aligned-tiny',
    sampling: { count: COUNT, seed: 0, maxPromptTokens: 64, maxResponseTokens: 8 },
    overRejection: OVER_REJECTION,
    methods: [settings],
    ...change,
  });
}

const readReport = async (runDir: string, dataset: string): Promise<LayerReport> =>
  JSON.parse(
    await readFile(path.join(runDir, 'reports/safeLayer', `${dataset}.json`), 'utf8'),
  ) as LayerReport;

/** relative path -> content of every file of the folders */
async function contents(runDir: string, folders: readonly string[]): Promise<Record<string, string>> {
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(path.join(runDir, folder), { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(runDir, path.join(entry.parentPath, entry.name))),
    ),
  );
  return Object.fromEntries(
    await Promise.all(
      files
        .flat()
        .sort()
        .map(async (file) => [file, await readFile(path.join(runDir, file), 'utf8')] as const),
    ),
  );
}

/** The state after every block at the last token of a prompt that goes alone, without padding or response. */
async function statesAlone(model: ModelSource, prompt: readonly number[]): Promise<Float32Array[]> {
  const { spec } = model;
  const b = new GraphBuilder('block');
  b.output('y', decoderBlock(b, spec, { batch: 1, length: prompt.length }).y);
  const run = await openGraph(b);
  let x: Float32Array = new Float32Array(prompt.length * spec.hiddenSize);
  await model.readRows(spec.embedding, Int32Array.from(prompt), x);
  const weights = new LayerWeights(model);
  const tables = new PositionTables(spec);
  const states: Float32Array[] = [];
  for (let layer = 0; layer < spec.layers; layer++) {
    await weights.load(layer);
    const feeds = { ...tables.feeds(layer, prompt.length, prompt.length), ...weights.feeds() };
    const inputs = Object.entries(feeds).map(([key, { data }]) => [key, data as Float32Array] as const);
    const { y } = await run({ x, ...Object.fromEntries(inputs) });
    x = y!;
    states.push(x.slice(-spec.hiddenSize));
  }
  return states;
}

const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

describe('SafeLayer on the embedded model', { timeout: 120_000 }, () => {
  let model: ModelSource;
  beforeAll(async () => {
    model = await openModel('embedded:aligned-tiny', embeddedRoot, { embeddedRoot });
    return () => model.close();
  });

  it('reports the curves of states at the last prompt token, and sweeps both bounds', async () => {
    await withTemporaryFolder(async (folder) => {
      const control = { id: 'Dc', path: XSTEST, prompt: 'prompt' };
      const runDir = await identify({
        experimentPath: await layerVariant(folder, { ...SWEEP, control }),
        outDir: folder,
      });
      const run = await openRun(runDir);
      await run.verify();
      const report = await readReport(runDir, 'catqa');
      expect(report.layers).toBe(model.spec.layers);

      // T28, T29: samples of all lengths went padded and with responses; one vector a block, the embedding none.
      const prompts = async (id: string): Promise<Float32Array[][]> => {
        const samples: Sample[] = await run.readSamples(id, id !== 'Dc');
        return Promise.all(
          samples.map(({ tokenIds, responseStart }) => statesAlone(model, tokenIds.slice(0, responseStart))),
        );
      };
      const [utility, harmful, second] = [
        await prompts('self-instruct'),
        await prompts('catqa'),
        await prompts('Dc'),
      ];
      const { uu, uh } = report.pairs;
      for (let layer = 0; layer < model.spec.layers; layer++) {
        const mean = (pairs: LayerReport['pairs']['uu'], other: Float32Array[][]): number =>
          pairs.reduce((sum, [i, j]) => sum + cosine(utility[i]![layer]!, other[j]![layer]!), 0) /
          pairs.length;
        expect(Math.abs(report.curves.uu.mean[layer]! - mean(uu, utility))).toBeLessThan(1e-5);
        expect(Math.abs(report.curves.uh.mean[layer]! - mean(uh, harmful))).toBeLessThan(1e-5);
        // Both are sets of COUNT prompts, so that the pairs are the same.
        expect(Math.abs(report.control!.curves.uh.mean[layer]! - mean(uh, second))).toBeLessThan(1e-5);
      }
      expect(
        [report.curves.uh.sd, report.angle.code, report.standardError].map(({ length }) => length),
      ).toEqual([6, 6, 6]);
      expect(uu.every(([first, other]) => first !== other)).toBe(true);

      const { interval, sweeps, alpha } = report;
      expect(alpha).toMatchObject({ chosen: 1.3, outcome: 'given' });
      expect(sweeps!.upper.map(({ bound }) => bound)).toEqual(expect.arrayContaining([2, 3, 4]));
      expect(report.bootstrap.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
      const file = await openSafetensors(run.file('regions/safeLayer/catqa.safetensors'));
      expect(file.metadata.get('payload')).toBe('layers');
      expect(file.metadata.get('layers')).toBe('6');
      const stored = new Int32Array(2);
      await file.readBytes('interval', new Uint8Array(stored.buffer));
      await file.close();
      expect([...stored]).toEqual(interval);
      const { regions } = await run.summary();
      expect(regions.map(({ dataset }) => dataset)).not.toContain('self-instruct');
      expect(regions.find(({ dataset }) => dataset === 'catqa')).toMatchObject({
        unit: 'layer',
        size: interval![1] - interval![0] + 1,
        universe: 6,
        prompts: COUNT,
        settings: { items: 14, alphaChosen: 1.3, judge: 'phrases' },
      });
    });
  });

  it('counts what the model answers under scaled layers', async () => {
    await withTemporaryFolder(async (folder) => {
      const runDir = await identify({ experimentPath: await layerVariant(folder, SWEEP), outDir: folder });
      const report = await readReport(runDir, 'harmbench');
      const tokenizer = await loadTokenizer(model.directory);
      const samples = await (await openRun(runDir)).readSamples('Do', false);
      expect(samples).toHaveLength(14);
      const ask = async (layerScale: Float32Array): Promise<string[]> => {
        const answers = await generateGreedy({
          model,
          prompts: samples.map(({ tokenIds }) => tokenIds),
          maxNewTokens: 16,
          stopTokens: await stopTokens(model.directory, tokenizer),
          threads: 1,
          memoryBudgetBytes: 2 ** 30,
          layerScale,
          signal: new AbortController().signal,
        });
        return answers.map((answer) => tokenizer.decode(answer, { skipSpecialTokens: true }));
      };
      const refusals = (texts: readonly string[]): number =>
        texts.filter((text) => phrases.judge(text) === 'refuse').length;
      const factor = (first: number, last: number): Float32Array =>
        Float32Array.from({ length: 6 }, (_, layer) => (layer >= first && layer <= last ? 1.3 : 1));
      const plain = await ask(factor(1, 0));
      expect(report.baselineRefused).toBe(refusals(plain));
      const upper = report.sweeps!.upper.find(({ bound }) => bound === 4);
      const scaled = await ask(factor(2, 4));
      expect(upper?.refused).toBe(refusals(scaled));
      expect(scaled).not.toEqual(plain);
      const lines = await readFile(path.join(runDir, 'answers/Do/layers-02-04-alpha-1.3.jsonl'), 'utf8');
      const texts = lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { text: string }).text);
      expect(texts).toEqual(scaled);
      // One generation for all datasets.
      expect(await readReport(runDir, 'catqa')).toMatchObject({ sweeps: report.sweeps });
    });
  });

  it('goes on after kill -9 in the sweep, with the same bytes', async () => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await layerVariant(folder, SWEEP);
      const whole = await identify({ experimentPath, outDir: folder });
      let sweeps = 0;
      const run = startRun({ experimentPath, outDir: folder }, ({ phase, batch }, engine) => {
        if (phase !== 'sweep') return;
        if (batch === 0) sweeps += 1;
        if (sweeps === 3 && engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL');
      });
      await expect(run.result).rejects.toMatchObject({ code: 'engine-gone' });
      const runDir = run.runDir() ?? '';
      const before = await contents(runDir, ['answers']);
      expect(Object.keys(before)).toContain('answers/Do/unscaled.jsonl');
      const resumed = await identify({ resumeDir: runDir });
      expect(await regionHashes(resumed)).toEqual(await regionHashes(whole));
      const folders = ['answers', 'reports/safeLayer', 'samples'];
      expect(await contents(resumed, folders)).toEqual(await contents(whole, folders));
    });
  });

  it('is cancelled in the sweep', async () => {
    await withTemporaryFolder(async (folder) => {
      const controller = new AbortController();
      const run = startRun(
        { experimentPath: await layerVariant(folder, SWEEP), outDir: folder },
        ({ phase }) => {
          if (phase === 'sweep') controller.abort();
        },
        controller.signal,
      );
      await expect(run.result).rejects.toMatchObject({ code: 'cancelled' });
      await run.engine.stop();
      expect(await (await openRun(run.runDir() ?? '')).state()).toBe('interrupted');
    });
  });

  it('takes the range of the curves, and says so, where nothing can be swept', async () => {
    await withTemporaryFolder(async (folder) => {
      const settings = { method: 'safeLayer', pairs: 40, range: [1, 2] };
      const experimentPath = await layerVariant(folder, settings, { overRejection: null });
      const runDir = await identify({ experimentPath, outDir: folder });
      const report = await readReport(runDir, 'catqa');
      expect(report).toMatchObject({ interval: [1, 2], sweeps: null, alpha: null, items: null });
      const { warnings } = await (await openRun(runDir)).summary();
      expect(warnings.join('\n')).toContain('catqa: safeLayer: no answers were counted');
    });
  });

  it('writes an empty interval where the gap never opens', async () => {
    await withTemporaryFolder(async (folder) => {
      const settings = { method: 'safeLayer', pairs: 40 };
      // Prompts of the utility set itself, drawn alike: no harm in them.
      const file = await layerVariant(folder, settings);
      const { utility } = JSON.parse(await readFile(file, 'utf8')) as { utility: Record<string, unknown> };
      const experimentPath = await layerVariant(folder, settings, {
        datasets: [{ ...utility, id: 'harmless', responses: { source: 'fixed', text: 'No.' } }],
      });
      const runDir = await identify({ experimentPath, outDir: folder });
      expect(await readReport(runDir, 'harmless')).toMatchObject({
        candidate: null,
        interval: null,
        depth: null,
      });
      const region = await openSafetensors(path.join(runDir, 'regions/safeLayer/harmless.safetensors'));
      expect(region.tensor('interval').shape).toEqual([0]);
      await region.close();
      const { regions, warnings } = await (await openRun(runDir)).summary();
      expect(regions).toMatchObject([{ dataset: 'harmless', size: 0, density: 0 }]);
      expect(warnings.join('\n')).toContain('never opens');
    });
  });

  it.each([
    ['no utility set', {}, { utility: null }, 'experiment-invalid', /'utility'/],
    [
      'alpha without a set to try it on',
      { alpha: 1.1 },
      { overRejection: null },
      'experiment-invalid',
      /methods\[0\]\.alpha|alpha/,
    ],
    ['a range past the model', { range: [2, 6] }, {}, 'layers-outside-model', /last layer, 5/],
    ['a range backwards', { range: [3, 2] }, {}, 'experiment-invalid', /behind the last/],
    ['too few prompts', { items: 5000 }, {}, 'dataset-too-few-rows', /Do has \d+ rows, items/],
    [
      'one id for two sets',
      { control: { id: 'do', path: XSTEST } },
      {},
      'experiment-duplicate-id',
      /given twice/,
    ],
    [
      'harmful prompts in place of harmless ones, whose answers would be written down',
      {},
      { overRejection: { id: 'Do', path: CATQA } },
      'over-rejection-harmful',
      /Dataset Do, row \d+: this prompt is one of 'catqa/,
    ],
    ['no such field', { candidats: 3 }, {}, 'experiment-unknown-key', /candidats/],
  ])('refuses %s before a run is made', async (_, settings, change, code, message) => {
    await withTemporaryFolder(async (folder) => {
      const experimentPath = await layerVariant(folder, { method: 'safeLayer', ...settings }, change);
      const run = startRun({ experimentPath, outDir: path.join(folder, 'runs') });
      await expect(run.result).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
      });
      await run.engine.stop();
      expect(run.runDir()).toBeUndefined();
    });
  });
});
