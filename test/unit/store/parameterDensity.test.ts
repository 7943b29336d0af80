import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { foldersWith, hubModelNames } from '../../../src/store/knownModels';
import { parameterDensities } from '../../../src/store/parameterDensity';
import { writeBits, writeLayers, writeNeurons } from './regionFiles';
import { finishedRun, PARAMETER, startedRun, temporaryFolder } from './testRuns';

const brief = async (runDir: string, name: string): Promise<unknown[]> =>
  (await parameterDensities(runDir, name)).map(({ method, dataset, unit, part, size, units }) => [
    method,
    dataset,
    ...(part === null ? [] : [part]),
    unit,
    size,
    units,
  ]);

describe('the density of a parameter', async () => {
  const root = await temporaryFolder();
  const run = await finishedRun(root);
  const region = (method: string): string => run.file('regions', method, 'D0.safetensors');

  it('is counted in every region of the run, utility last', async () => {
    const expected = [
      ['snip', 'D0', 'weight', 4, 15],
      ['snip', 'D1', 'weight', 3, 15],
      ['snip', 'Du', 'weight', 1, 15],
    ];
    expect(await brief(run.path, PARAMETER)).toEqual(expected);
    expect(await brief(run.path, PARAMETER.replace(/\.weight$/, ''))).toEqual(expected);
  });

  it('is nothing of a parameter that no region has', async () => {
    expect(await brief(run.path, 'model.layers.9.self_attn.q_proj.weight')).toEqual([]);
    expect(await brief(run.path, 'model.layers.0.self_attn.q_proj.bias')).toEqual([]);
  });

  it('is that of the neurons that a matrix is made of, and of its layer', async () => {
    await writeNeurons(
      region('safeNeuron'),
      { 'model.layers.0.q': 6, 'model.layers.0.ffn': 8 },
      { 'model.layers.0.q': [1, 5], 'model.layers.0.ffn': [0] },
    );
    await writeLayers(region('safeLayer'), 4, [1, 2]);
    const own = async (name: string): Promise<unknown[]> =>
      (await brief(run.path, name)).filter((row) => (row as unknown[])[0] !== 'snip');
    expect(await own(PARAMETER)).toEqual([
      ['safeLayer', 'D0', 'layer', 0, 1],
      ['safeNeuron', 'D0', 'neuron', 2, 6],
    ]);
    expect(await own('model.layers.0.mlp.down_proj.weight')).toContainEqual([
      'safeNeuron',
      'D0',
      'neuron',
      1,
      8,
    ]);
    expect(await own('model.layers.2.mlp.down_proj.weight')).toEqual([['safeLayer', 'D0', 'layer', 1, 1]]);
  });

  it('is nothing of a name that only objects have', async () => {
    const own = await startedRun(root);
    await writeNeurons(own.file('regions', 'safeNeuron', 'D0.safetensors'), { 'model.layers.0.q': 6 }, {});
    for (const name of ['constructor', 'model.layers.0.constructor', 'model.layers.0.__proto__.weight']) {
      expect((await brief(own.path, name)).filter((row) => (row as unknown[])[0] === 'safeNeuron')).toEqual(
        [],
      );
    }
  });

  it('is that of all neurons of a fused matrix', async () => {
    const own = await startedRun(root);
    const fused = 'model.layers.0.self_attn.qkv_proj.weight';
    await writeNeurons(
      own.file('regions', 'safeNeuron', 'D0.safetensors'),
      { 'model.layers.0.q': 6, 'model.layers.0.k': 2, 'model.layers.0.v': 2, 'model.layers.0.o': 6 },
      { 'model.layers.0.q': [1, 5], 'model.layers.0.v': [0], 'model.layers.0.o': [3] },
    );
    const rows = (await brief(own.path, fused)).filter((row) => (row as unknown[])[0] === 'safeNeuron');
    expect(rows).toEqual([['safeNeuron', 'D0', 'neuron', 3, 10]]);
  });

  it('is that of both factors of an adapter, or of the one that is named', async () => {
    const factor = (letter: string): string =>
      `base_model.model.model.layers.3.self_attn.q_proj.lora_${letter}.weight`;
    await writeBits(region('nlsr'), 'lora', {
      [factor('A')]: { shape: [2, 4], units: [0, 7] },
      [factor('B')]: { shape: [3, 2], units: [5] },
    });
    const own = async (name: string): Promise<unknown[]> =>
      (await brief(run.path, name)).filter((row) => (row as unknown[])[0] === 'nlsr');
    expect(await own('model.layers.3.self_attn.q_proj.weight')).toEqual([
      ['nlsr', 'D0', 'lora_A', 'weight', 2, 8],
      ['nlsr', 'D0', 'lora_B', 'weight', 1, 6],
    ]);
    expect(await own(factor('B'))).toEqual([['nlsr', 'D0', 'lora_B', 'weight', 1, 6]]);
    expect(await own('model.layers.3.self_attn')).toEqual([]);
  });

  it('is an error where a region is damaged, not a number', async () => {
    const damaged = await startedRun(root);
    writeFileSync(damaged.file('regions', 'snip', 'D1.safetensors'), 'no');
    await expect(parameterDensities(damaged.path, PARAMETER)).rejects.toMatchObject({ kind: 'input' });
  });
});

describe('models that are here already', () => {
  it('are the repositories of the cache that have a snapshot', async () => {
    const cache = await temporaryFolder();
    for (const folder of [
      'models--org--b/snapshots/1',
      'models--a/snapshots/2',
      'models--org--empty/snapshots',
      'datasets--org--d/snapshots/1',
    ])
      mkdirSync(path.join(cache, folder), { recursive: true });
    expect(await hubModelNames(cache)).toEqual(['a', 'org/b']);
    expect(await hubModelNames(path.join(cache, 'absent'))).toEqual([]);
  });

  it('are the folders with a configuration', async () => {
    const root = await temporaryFolder();
    mkdirSync(path.join(root, 'm'));
    mkdirSync(path.join(root, 'n'));
    writeFileSync(path.join(root, 'm', 'config.json'), '{}');
    expect(await foldersWith(root, 'config.json')).toEqual(['m']);
  });
});
