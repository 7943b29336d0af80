import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';

import type { LayerReport } from '../../src/core/layers/layerReport';
import { openSafetensors } from '../../src/store/safetensorsFile';
import { startTestEngine, withTemporaryFolder } from './engineRuns';
import {
  ANSWER,
  FFN,
  FILLERS,
  GRADED,
  HARMFUL,
  HIDDEN,
  LAYERS,
  RANGES,
  RANK,
  REFUSAL,
  adapterName,
  chanceOf,
  drawPlant,
  writePlantedModel,
  type Chance,
  type Plant,
} from './plantedModel';

const PLACEMENTS = 20;
const SPARSITY = 0.9;
/** A share of a matrix that is two of its weights, and of a layer's neurons that is one. */
const TWO_WEIGHTS = 0.0027;
const ONE_NEURON = 0.042;

/** Of one placement, by method: how many of the planted units are in the region, and how many there are. */
type Hits = Readonly<
  Record<'snip' | 'wanda' | 'safeNeuron' | 'safeLayer' | 'nlsr', readonly [number, number]>
>;

async function writeExperiment(folder: string, chance: Chance): Promise<string> {
  const filler = (): string => FILLERS[chance.below(FILLERS.length)] ?? '';
  const write = async (name: string, last: readonly string[], response: string): Promise<void> => {
    const lines = last.map((word) => JSON.stringify({ prompt: `${filler()}${filler()}${word}`, response }));
    await writeFile(path.join(folder, `${name}.jsonl`), lines.join('\n'));
  };
  await write('harmful', HARMFUL, REFUSAL);
  await write('harmless', FILLERS.slice(0, 8), ANSWER);
  await write('graded', GRADED, '');
  const set = (id: string): Record<string, string> => ({ id, path: `${id}.jsonl`, prompt: 'prompt' });
  const weights = { topFraction: TWO_WEIGHTS, scope: 'matrix' };
  const experiment = {
    schemaVersion: 1,
    name: 'planted',
    model: 'model',
    adapter: 'adapter',
    datasets: [{ ...set('harmful'), response: 'response' }],
    utility: { ...set('harmless'), response: 'response' },
    overRejection: set('graded'),
    sampling: { count: 8 },
    template: 'none',
    methods: [
      { method: 'snip', ...weights },
      { method: 'wanda', ...weights },
      { method: 'safeNeuron', keepFraction: ONE_NEURON, projections: ['ffn'] },
      // Both bounds are swept over all layers.
      {
        method: 'safeLayer',
        pairs: 20,
        range: [0, LAYERS - 1],
        alpha: 1.3,
        candidates: 2 * LAYERS,
        maxNewTokens: 1,
        bootstrap: 0,
      },
      { method: 'nlsr', sparsity: SPARSITY, gaugeFree: false },
    ],
    engine: { provider: 'cpu', threads: 1 },
  };
  const file = path.join(folder, 'planted.safety-region.json');
  await writeFile(file, JSON.stringify(experiment));
  return file;
}

async function hitsOf(
  runDir: string,
  { harm, refusal, range, neurons, layer, direction }: Plant,
): Promise<Hits> {
  const neuron = neurons[layer] ?? 0;
  const mlp = `model.layers.${layer}.mlp`;
  const weights: (readonly [string, number])[] = [
    ...harm.map((axis) => [`${mlp}.gate_proj.weight`, neuron * HIDDEN + axis] as const),
    ...harm.map((axis) => [`${mlp}.up_proj.weight`, neuron * HIDDEN + axis] as const),
    ...refusal.map((axis) => [`${mlp}.down_proj.weight`, axis * FFN + neuron] as const),
  ];
  const lora = adapterName(layer);
  const adapter: (readonly [string, number])[] = [
    [`${lora}.lora_A.weight`, direction * FFN + neuron],
    ...refusal.map((axis) => [`${lora}.lora_B.weight`, axis * RANK + direction] as const),
  ];
  const bits = async (method: string, places: typeof weights): Promise<readonly [number, number]> => {
    const file = await openSafetensors(path.join(runDir, `regions/${method}/harmful.safetensors`));
    let found = 0;
    for (const [name, index] of places) {
      const packed = new Uint8Array(file.tensor(name).shape.reduce((size, side) => size * side, 1));
      await file.readBytes(name, packed);
      found += ((packed[index >> 3] ?? 0) >> (index & 7)) & 1;
    }
    await file.close();
    return [found, places.length];
  };
  const file = await openSafetensors(path.join(runDir, 'regions/safeNeuron/harmful.safetensors'));
  const name = `model.layers.${layer}.ffn`;
  const chosen = new Int32Array(file.tensor(name).shape[0] ?? 0);
  await file.readBytes(name, new Uint8Array(chosen.buffer));
  await file.close();
  const report = JSON.parse(
    await readFile(path.join(runDir, 'reports/safeLayer/harmful.json'), 'utf8'),
  ) as LayerReport;
  const same = report.interval?.[0] === range[0] && report.interval[1] === range[1];
  return {
    snip: await bits('snip', weights),
    wanda: await bits('wanda', weights),
    safeNeuron: [chosen.includes(neuron) ? 1 : 0, 1],
    safeLayer: [same ? 1 : 0, 1],
    nlsr: await bits('nlsr', adapter),
  };
}

/** Hits and possible hits of each method over all placements; models with the plant, or of noise alone. */
async function score(planted: boolean): Promise<Record<keyof Hits, readonly [number, number]>> {
  const engine = startTestEngine();
  const total: Record<keyof Hits, readonly [number, number]> = {
    snip: [0, 0],
    wanda: [0, 0],
    safeNeuron: [0, 0],
    safeLayer: [0, 0],
    nlsr: [0, 0],
  };
  try {
    for (let seed = 1; seed <= PLACEMENTS; seed++) {
      await withTemporaryFolder(async (folder) => {
        const chance = chanceOf(seed);
        const plant = drawPlant(chance);
        await writePlantedModel(folder, planted ? plant : null, chance);
        const experimentPath = await writeExperiment(folder, chance);
        const { runDir } = await engine.client.call('identify', { experimentPath, outDir: folder });
        const hits = await hitsOf(runDir, plant);
        for (const method of Object.keys(total) as (keyof Hits)[]) {
          const [found, of] = total[method];
          total[method] = [found + hits[method][0], of + hits[method][1]];
        }
      });
    }
  } finally {
    await engine.stop();
  }
  return total;
}

it('finds what was planted, at 20 random places', { timeout: 600_000 }, async () => {
  expect(await score(true)).toEqual({
    snip: [120, 120],
    wanda: [120, 120],
    safeNeuron: [20, 20],
    safeLayer: [20, 20],
    nlsr: [60, 60],
  });
});

/*
 * Places are drawn apart from the weights, so that chance alone decides: a region holds 2 of FFN x HIDDEN weights, 1 of
 * FFN neurons, 1 of RANGES at most, and a share of 1 - SPARSITY of the adapter. The seeds are fixed; bounds are what a
 * guess exceeds less often than once in a thousand such tests (NLSR: as if its weights fell apart from each other).
 */
it('finds nothing but by chance where nothing was planted', { timeout: 600_000 }, async () => {
  const found = await score(false);
  const expected = {
    snip: (120 * 2) / (FFN * HIDDEN),
    safeNeuron: PLACEMENTS / FFN,
    safeLayer: PLACEMENTS / RANGES.length,
    nlsr: 60 * (1 - SPARSITY),
  };
  expect(expected.snip).toBeCloseTo(0.31, 2);
  expect(found.snip[0]).toBeLessThanOrEqual(4);
  expect(found.wanda[0]).toBeLessThanOrEqual(4);
  expect(expected.safeNeuron).toBeCloseTo(0.83, 2);
  expect(found.safeNeuron[0]).toBeLessThanOrEqual(5);
  expect(expected.safeLayer).toBeCloseTo(2.22, 2);
  expect(found.safeLayer[0]).toBeLessThanOrEqual(8);
  expect(expected.nlsr).toBeCloseTo(6, 2);
  expect(found.nlsr[0]).toBeLessThanOrEqual(15);
});
