import { beforeAll, describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { overlapRuns } from '../../../src/store/overlapRuns';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { writeBits, writeLayers, writeNeurons } from '../store/regionFiles';
import { EXPERIMENT_TEXT, startedRun, temporaryFolder } from '../store/testRuns';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

/** An unfinished run of one method without region files of it. */
async function runOf(method: string): Promise<RunDirectory> {
  const experiment = {
    ...parseExperiment(EXPERIMENT_TEXT, 'test'),
    methods: [{ method }] as unknown as ReturnType<typeof parseExperiment>['methods'],
  };
  return startedRun(root, { experiment });
}
const regionFile = (run: RunDirectory, method: string, id: string): string =>
  run.file('regions', method, `${id}.safetensors`);

const COUNTS = { 'model.layers.0.q': 8, 'model.layers.0.ffn': 10, 'model.layers.1.k': 4 };
const neurons = (q: number[], ffn: number[], k: number[]) => ({
  'model.layers.0.q': q,
  'model.layers.0.ffn': ffn,
  'model.layers.1.k': k,
});

describe('neurons', () => {
  const regions = {
    D0: neurons([1, 2, 3], [0, 9], []),
    D1: neurons([2, 3], [9], [1]),
    Du: neurons([3], [], [1, 2]),
  };

  it('are units of (layer, type, index), the utility region taken out by plain set difference (T23)', async () => {
    const run = await runOf('safeNeuron');
    for (const [id, indices] of Object.entries(regions)) {
      await writeNeurons(regionFile(run, 'safeNeuron', id), COUNTS, indices);
    }
    const { safeNeuron } = (await overlapRuns([run.path])).methods;
    expect(safeNeuron).toMatchObject({
      payload: 'neurons',
      unit: 'neuron',
      universe: 22,
      regions: [
        { id: 'D0', size: 5, isolatedSize: 4 },
        { id: 'D1', size: 4, isolatedSize: 2 },
      ],
      utility: { id: 'Du', size: 3 },
      forward: [1, 3 / 6],
      isoUtility: { forward: [1, 2 / 4] },
      order: ['D0', 'D1'],
    });
    expect(Object.keys(safeNeuron?.byLayer ?? {})).toEqual(['0', '1']);
    expect(safeNeuron?.byModule['ffn']?.pairwise[0]![1]).toBe(1 / 2);
    expect(safeNeuron?.byModule['k']?.pairwise[0]![1]).toBe(0);
  });

  it('of two modes do not compare: the method is left out, and the others are compared', async () => {
    const [paper, code] = [await runOf('safeNeuron'), await runOf('safeNeuron')];
    const { 'model.layers.0.q': q, ...others } = COUNTS;
    for (const id of ['D0', 'D1', 'Du']) {
      await writeNeurons(regionFile(paper, 'safeNeuron', id), COUNTS, {});
      await writeNeurons(regionFile(code, 'safeNeuron', id), { ...others, 'model.layers.0.q': q / 2 }, {});
    }
    const { methods, leftOut } = await overlapRuns([paper.path, code.path]);
    expect(Object.keys(methods)).toEqual(['snip']);
    expect(leftOut).toEqual([
      { method: 'safeNeuron', reason: expect.stringContaining('has 4 and 8 neurons') as string },
    ]);
    // Asked for alone, it is an error.
    await expect(overlapRuns([paper.path, code.path], { method: 'safeNeuron' })).rejects.toMatchObject({
      code: 'regions-differ',
    });
  });

  it.each([
    ['indices out of order', { 'model.layers.0.q': [2, 1] }, {}, 'ascending'],
    ['an index twice', { 'model.layers.0.q': [2, 2] }, {}, 'ascending'],
    ['an index past the end', { 'model.layers.0.q': [8] }, {}, '8 neurons: 8'],
    ['an index below 0', { 'model.layers.0.q': [-1] }, {}, '8 neurons: -1'],
    ['no counts', {}, { counts: '[]' }, 'counts are not of the expected form'],
    ['too few counts', {}, { counts: { 'model.layers.0.q': 8 } }, 'has indices but no count'],
    [
      'more neurons than there are',
      {},
      { counts: { ...COUNTS, 'model.layers.0.q': 2 ** 40 } },
      'counts are not',
    ],
    ['a matrix of no model', {}, { shapes: { x: [2 ** 30, 2 ** 30] } }, 'x is no matrix'],
    ['a shape of three sizes', {}, { shapes: { x: [2, 2, 2] } }, 'x is no matrix'],
    ['too many counts', {}, { counts: { ...COUNTS, 'model.layers.1.q': 8 } }, 'has a count but no indices'],
  ])('are refused with %s', async (_, indices, metadata, message) => {
    const run = await runOf('safeNeuron');
    for (const id of ['D0', 'Du']) await writeNeurons(regionFile(run, 'safeNeuron', id), COUNTS, {});
    await writeNeurons(regionFile(run, 'safeNeuron', 'D1'), COUNTS, indices, metadata);
    const refusal = overlapRuns([run.path]);
    await expect(refusal).rejects.toMatchObject({ code: 'region-damaged' });
    await expect(refusal).rejects.toThrow(message);
  });
});

describe("SafeNeuron's own floor", () => {
  const settings = { keepFraction: '0.5', promptShare: '1', prompts: '2', mode: 'paper' };

  it('comes from the settings in the region files', async () => {
    const run = await runOf('safeNeuron');
    for (const id of ['D0', 'D1', 'Du'])
      await writeNeurons(regionFile(run, 'safeNeuron', id), COUNTS, {}, settings);
    const { randomProcedure } = (await overlapRuns([run.path], { order: ['D1', 'D0'] })).methods[
      'safeNeuron'
    ]!.baselines;
    // Half of 8, 10 and 4, kept by both prompts: a quarter of 22; p / (2 - p).
    expect(randomProcedure?.expectedSizes).toEqual([5.5, 5.5]);
    expect(randomProcedure?.randomForward[0]).toBe(1);
    expect(randomProcedure?.randomForward[1]).toBeCloseTo(1 / 7, 12);
    expect(randomProcedure?.randomPairwise[0]![1]).toBeCloseTo(1 / 7, 12);
  });

  it('is null where one of the files does not say', async () => {
    const run = await runOf('safeNeuron');
    for (const id of ['D0', 'Du'])
      await writeNeurons(regionFile(run, 'safeNeuron', id), COUNTS, {}, settings);
    await writeNeurons(regionFile(run, 'safeNeuron', 'D1'), COUNTS, {});
    expect((await overlapRuns([run.path])).methods['safeNeuron']!.baselines.randomProcedure).toBeNull();
  });
});

describe('methods against one another', () => {
  // One layer; hidden size 2, two heads of 1, three ffn neurons.
  const name = (part: string): string => `model.layers.0.${part}.weight`;
  const shapes = {
    [name('self_attn.q_proj')]: [2, 2],
    [name('self_attn.k_proj')]: [2, 2],
    [name('self_attn.v_proj')]: [2, 2],
    [name('self_attn.o_proj')]: [2, 2],
    [name('mlp.gate_proj')]: [3, 2],
    [name('mlp.up_proj')]: [3, 2],
    [name('mlp.down_proj')]: [2, 3],
  };
  const counts = {
    'model.layers.0.q': 2,
    'model.layers.0.k': 2,
    'model.layers.0.v': 2,
    'model.layers.0.o': 2,
    'model.layers.0.ffn': 3,
  };

  it('are compared in weights, adapters left out', async () => {
    const run = await runOf('snip');
    for (const id of ['D0', 'D1', 'Du']) {
      const matrices = Object.entries(shapes).map(([key, shape]) => [
        key,
        { shape, units: key.includes('q_proj') ? [0, 1] : key.includes('down_proj') ? [5] : [] },
      ]);
      await writeBits(
        regionFile(run, 'snip', id),
        'weights',
        Object.fromEntries(matrices) as Parameters<typeof writeBits>[2],
      );
      await writeNeurons(
        regionFile(run, 'safeNeuron', id),
        counts,
        { 'model.layers.0.q': [0], 'model.layers.0.ffn': [2] },
        { shapes },
      );
      await writeLayers(regionFile(run, 'safeLayer', id), 1, [0, 0], { shapes });
      await writeBits(regionFile(run, 'nlsr', id), 'lora', {
        'a.layers.0.q_proj.lora_A.weight': { shape: [1, 2], units: [0] },
      });
    }
    const { crossMethod, methods } = await overlapRuns([run.path], { crossMethod: true });
    expect(Object.keys(methods)).toEqual(['snip', 'nlsr', 'safeLayer', 'safeNeuron']);
    expect(crossMethod).toMatchObject({
      unit: 'weight',
      universe: 34,
      methods: ['snip', 'safeLayer', 'safeNeuron'],
      leftOut: [{ method: 'nlsr', reason: expect.stringContaining('(A, B)') as string }],
    });
    // SNIP: q row 0 (two weights) and down's (1, 2). Neurons: q row 0, gate and up row 2, down column 2: 8 weights.
    const { sizes, pairwise, overlapCoefficient, randomPairwise } = crossMethod!.datasets['D0']!;
    expect(sizes).toEqual([3, 34, 8]);
    expect(pairwise[0]).toEqual([1, 3 / 34, 3 / 8]);
    expect(pairwise[1]![2]).toBe(8 / 34);
    expect(overlapCoefficient[0]![2]).toBe(1);
    expect(randomPairwise[0]![1]).toBe(3 / 34);
    expect(Object.keys(crossMethod!.datasets)).toEqual(['D0', 'D1']);
    expect((await overlapRuns([run.path])).crossMethod).toBeNull();
    expect((await overlapRuns([run.path], { crossMethod: true, method: 'snip' })).crossMethod).toBeNull();
  });

  it('are left out where one of the runs does not say what they are made of', async () => {
    const runs: string[] = [];
    for (const layout of [{ shapes }, {}]) {
      const run = await runOf('snip');
      for (const id of ['D0', 'D1', 'Du']) {
        for (const method of ['snip', 'safeLayer', 'other']) {
          await writeLayers(regionFile(run, method, id), 1, [0, 0], method === 'other' ? layout : { shapes });
        }
      }
      runs.push(run.path);
    }
    const { crossMethod } = await overlapRuns(runs, { crossMethod: true });
    expect(crossMethod).toMatchObject({
      methods: ['snip', 'safeLayer'],
      leftOut: [{ method: 'other', reason: expect.stringContaining('do not say') as string }],
    });
    expect(Object.keys(crossMethod?.datasets ?? {})).toHaveLength(4);
  });

  it('are only those in folders with the name of a method', async () => {
    const run = await runOf('snip');
    for (const id of ['D0', 'D1', 'Du']) {
      for (const method of ['snip', '__proto__', '\u001b[31m']) {
        await writeLayers(regionFile(run, method, id), 1, [0, 0], { shapes });
      }
    }
    expect(Object.keys((await overlapRuns([run.path])).methods)).toEqual(['snip']);
  });

  it('are named where they lie in other matrices', async () => {
    const run = await runOf('snip');
    for (const id of ['D0', 'D1', 'Du']) {
      await writeBits(regionFile(run, 'nlsr-gaugefree', id), 'weights', {
        [name('self_attn.q_proj')]: { shape: [2, 2], units: [0] },
      });
      await writeLayers(regionFile(run, 'safeLayer', id), 1, [0, 0], { shapes });
      await writeLayers(regionFile(run, 'snip', id), 1, [0, 0], { shapes });
    }
    const { crossMethod } = await overlapRuns([run.path], { crossMethod: true });
    expect(crossMethod?.leftOut).toEqual([
      { method: 'nlsr-gaugefree', reason: expect.stringContaining('other matrices') as string },
    ]);
  });
});

it('an order names every region once', async () => {
  const run = await runOf('safeNeuron');
  for (const id of ['D0', 'D1', 'Du']) await writeNeurons(regionFile(run, 'safeNeuron', id), COUNTS, {});
  await expect(overlapRuns([run.path], { order: ['D0', 'D2'] })).rejects.toMatchObject({
    code: 'order-unknown',
  });
  await expect(overlapRuns([run.path], { order: ['D0', 'D0'] })).rejects.toMatchObject({
    code: 'order-incomplete',
    mend: 'Name each of these once: D0,D1.',
  });
});

describe('layers', () => {
  const overlapOf = async (layers: number, ...intervals: number[][]) => {
    const run = await runOf('safeLayer');
    for (const [i, interval] of intervals.entries()) {
      await writeLayers(regionFile(run, 'safeLayer', `D${i}`), layers, interval);
    }
    return (await overlapRuns([run.path])).methods['safeLayer']!;
  };

  it.each([
    [[6, 14], [9, 14], 6 / 9],
    [[6, 14], [6, 12], 7 / 9],
    [[6, 11], [11, 15], 1 / 10],
    [[4, 5], [6, 7], 0],
    [[6, 12], [5, 11], 6 / 8],
    [[6, 12], [], 0],
    [[], [], null],
  ])('T45: %j against %j', async (a, b, expected) => {
    const report = await overlapOf(32, a, b);
    expect(report.pairwise[0]![1]).toBe(expected);
    expect(report.forward[1]).toBe(expected);
  });

  it('have no iso-utility measures, no profiles, and the floor of intervals', async () => {
    const report = await overlapOf(32, [6, 11], [9, 14]);
    expect(report).toMatchObject({
      payload: 'layers',
      unit: 'layer',
      universe: 32,
      utility: null,
      isoUtility: null,
      byLayer: {},
      byModule: {},
      regions: [
        { id: 'D0', size: 6, isolatedSize: null },
        { id: 'D1', size: 6, isolatedSize: null },
      ],
    });
    expect(report.notes.join()).toContain('iso-utility measures do not apply');
    // METHODS 2.2: w = 6 of L = 32 gives 0.162.
    expect(report.baselines.randomPairwise[0]![1]).toBeCloseTo(0.162, 3);
    expect(report.baselines.randomForward[1]).toBe(report.baselines.randomPairwise[0]![1]);
    // One floor, whether in an order or over all of them.
    expect(report.convergence.allOrders.random[1]).toBeCloseTo(report.baselines.randomForward[1]!, 12);
  });

  it.each([
    [[3], 'not one interval'],
    [[3, 2], '[3, 2] is no interval of 4 layers'],
    [[-1, 2], 'is no interval'],
    [[0, 4], 'is no interval'],
  ])('are refused with %j of 4', async (interval, message) => {
    const refusal = overlapOf(4, [0, 1], interval);
    await expect(refusal).rejects.toMatchObject({ code: 'region-damaged' });
    await expect(refusal).rejects.toThrow(message);
  });

  it('are not compared with regions of another kind', async () => {
    const run = await runOf('safeLayer');
    await writeLayers(regionFile(run, 'safeLayer', 'D0'), 4, [0, 1]);
    await writeNeurons(regionFile(run, 'safeLayer', 'D1'), COUNTS, {});
    await expect(overlapRuns([run.path])).rejects.toMatchObject({ code: 'regions-differ' });
  });
});

describe('adapters', () => {
  const A = 'base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight';
  const B = 'base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight';
  const lora = (a: number[], b: number[]) => ({
    [A]: { shape: [2, 5], units: a },
    [B]: { shape: [5, 2], units: b },
  });

  it('are compared with A and B pooled and apart', async () => {
    const run = await runOf('nlsr');
    await writeBits(regionFile(run, 'nlsr', 'D0'), 'lora', lora([0, 1, 2], [0]));
    await writeBits(regionFile(run, 'nlsr', 'D1'), 'lora', lora([1, 2], [0, 9]));
    await writeBits(regionFile(run, 'nlsr', 'Du'), 'lora', lora([], [0]));
    const { nlsr } = (await overlapRuns([run.path], { heads: true })).methods;
    expect(nlsr).toMatchObject({ payload: 'lora', unit: 'weight', universe: 20, forward: [1, 3 / 5] });
    const pair = (key: string) => nlsr?.byModule[key]?.pairwise[0]![1];
    expect([pair('lora_A'), pair('lora_B'), pair('q_proj')]).toEqual([2 / 3, 1 / 2, 3 / 5]);
    expect(nlsr?.byLayer['3']?.pairwise[0]![1]).toBe(3 / 5);
    expect(nlsr?.isoUtility?.pairwise[0]![1]).toBe(2 / 4);
    expect(nlsr?.byHead).toEqual({});
  });
});
