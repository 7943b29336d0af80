import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NeuronListParams } from '../../../src/protocol/explorer/neuronList';
import { writeFileAtomic } from '../../../src/store/atomicFile';
import { neuronCsv, neuronPage, selectNeurons } from '../../../src/store/neuronList';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { writeNeurons } from './regionFiles';
import { startedRun, temporaryFolder } from './testRuns';

const Q_PROJ = 'model.layers.0.self_attn.q_proj.weight';
const COUNTS = {
  'model.layers.10.q': 6,
  'model.layers.2.q': 6,
  'model.layers.0.ffn': 8,
  'model.layers.0.q': 6,
};
const SETS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  D0: { 'model.layers.0.q': [1, 2, 5], 'model.layers.0.ffn': [0, 7], 'model.layers.10.q': [3] },
  D1: { 'model.layers.0.q': [2, 3, 5], 'model.layers.0.ffn': [7], 'model.layers.2.q': [4] },
  Du: { 'model.layers.0.q': [5], 'model.layers.10.q': [3] },
};
const ALL: NeuronListParams = {
  run: 0,
  dataset: null,
  outsideUtility: false,
  layer: null,
  type: null,
  offset: 0,
  limit: 100,
};

const neuronList = async (run: RunDirectory, params: NeuronListParams, signal: AbortSignal) =>
  neuronPage(await selectNeurons(run, params, signal), params);

describe('the list of neurons', async () => {
  const run = await startedRun(await temporaryFolder());
  for (const [id, indices] of Object.entries(SETS)) {
    const file = run.file('regions', 'safeNeuron', `${id}.safetensors`);
    await writeNeurons(file, COUNTS, indices, { shapes: { [Q_PROJ]: [6, 4] } });
  }
  const never = new AbortController().signal;
  const list = async (changes: Partial<NeuronListParams>): Promise<[number, string[]]> => {
    const { total, neurons } = await neuronList(run, { ...ALL, ...changes }, never);
    return [total, neurons.map(({ layer, type, index, heldBy }) => `${layer}.${type}.${index} x${heldBy}`)];
  };

  it('has those of one region, by layer as a number, type and index', async () => {
    expect(await list({ dataset: 'D0' })).toEqual([
      6,
      ['0.q.1 x1', '0.q.2 x2', '0.q.5 x2', '0.ffn.0 x1', '0.ffn.7 x2', '10.q.3 x1'],
    ]);
    expect(await list({ dataset: 'Du' })).toEqual([2, ['0.q.5 x2', '10.q.3 x1']]);
  });

  it('has those that all identification sets share, with or without what utility has too', async () => {
    expect(await list({})).toEqual([3, ['0.q.2 x2', '0.q.5 x2', '0.ffn.7 x2']]);
    expect(await list({ outsideUtility: true })).toEqual([2, ['0.q.2 x2', '0.ffn.7 x2']]);
    expect(await list({ dataset: 'D0', outsideUtility: true })).toEqual([
      4,
      ['0.q.1 x1', '0.q.2 x2', '0.ffn.0 x1', '0.ffn.7 x2'],
    ]);
  });

  it('keeps one layer or one type', async () => {
    expect(await list({ dataset: 'D0', layer: 10 })).toEqual([1, ['10.q.3 x1']]);
    expect(await list({ dataset: 'D0', type: 'ffn' })).toEqual([2, ['0.ffn.0 x1', '0.ffn.7 x2']]);
    expect(await list({ dataset: 'D0', layer: 1 })).toEqual([0, []]);
  });

  it('comes by pages that join to the whole', async () => {
    const whole = await list({ dataset: 'D0' });
    for (const limit of [1, 2, 4]) {
      const pages: string[] = [];
      for (let offset = 0; offset < 6; offset += limit) {
        const [total, rows] = await list({ dataset: 'D0', offset, limit });
        expect(total).toBe(6);
        expect(rows.length).toBeLessThanOrEqual(limit);
        pages.push(...rows);
      }
      expect(pages).toEqual(whole[1]);
    }
    // The last page where there are not so many.
    expect(await list({ dataset: 'D0', offset: 50, limit: 4 })).toEqual([6, whole[1].slice(4)]);
    expect(await list({ dataset: 'D0', layer: 1, offset: 50, limit: 4 })).toEqual([0, []]);
  });

  it('says where a neuron is in the model, where the file does', async () => {
    const { datasets, neurons } = await neuronList(run, { ...ALL, dataset: 'D1', layer: 0 }, never);
    expect(datasets).toBe(2);
    expect(neurons[0]).toEqual({
      layer: 0,
      type: 'q',
      index: 2,
      heldBy: 2,
      places: [{ name: Q_PROJ, axis: 'row', index: 2 }],
    });
    expect(neurons.at(-1)).toMatchObject({ type: 'ffn', places: [] });
  });

  it('is written whole, a line for each row or column, whatever page is shown', async () => {
    const file = path.join(await temporaryFolder(), 'neurons.csv');
    const selection = await selectNeurons(run, { ...ALL, dataset: 'D0' }, never);
    await writeFileAtomic(file, neuronCsv(selection, { layer: null, type: null }, never));
    expect(await readFile(file, 'utf8')).toBe(
      [
        'layer,type,index,datasets,parameter,axis,at',
        ...[1, 2, 5].map((index) => `0,q,${index},${index === 1 ? 1 : 2},${Q_PROJ},row,${index}`),
        ...['0,ffn,0,1,,,', '0,ffn,7,2,,,', '10,q,3,1,,,', ''],
      ].join('\n'),
    );
    const some: string[] = [];
    for await (const piece of neuronCsv(selection, { layer: 0, type: 'ffn' }, never)) some.push(piece);
    expect(some.join('').split('\n').slice(1, -1)).toEqual(['0,ffn,0,1,,,', '0,ffn,7,2,,,']);
  });

  it('leaves no file where the writing is cancelled', async () => {
    const folder = await temporaryFolder();
    const gone = new AbortController();
    const selection = await selectNeurons(run, ALL, never);
    gone.abort();
    const written = writeFileAtomic(path.join(folder, 'x.csv'), neuronCsv(selection, ALL, gone.signal));
    await expect(written).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a dataset that the run has not, regions of two models, and goes no further when cancelled', async () => {
    await expect(list({ dataset: 'D9' })).rejects.toMatchObject({ kind: 'usage', code: 'dataset-unknown' });
    const gone = new AbortController();
    gone.abort();
    await expect(neuronList(run, ALL, gone.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    const other = await startedRun(await temporaryFolder());
    const file = (id: string): string => other.file('regions', 'safeNeuron', `${id}.safetensors`);
    await writeNeurons(file('D0'), { 'model.layers.0.q': 6 }, {});
    await writeNeurons(file('D1'), { 'model.layers.0.q': 7 }, {});
    await expect(neuronList(other, ALL, never)).rejects.toMatchObject({ code: 'region-missing' });
    await writeNeurons(file('Du'), { 'model.layers.0.q': 6 }, {});
    await expect(neuronList(other, ALL, never)).rejects.toMatchObject({ code: 'regions-differ' });
  });
});
