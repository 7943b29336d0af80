import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { parseExperiment, type ExperimentDataset } from '../../../src/core/run/experiment';
import { expandPaths } from '../../../src/engine/formats/datasets/expandPaths';
import { collectRows } from '../../../src/engine/prepare/collectRows';

const native = path.resolve(import.meta.dirname, '../../../native-models');
const folder = path.join(native, 'sample');
const file = path.join(folder, 'sample.safety-region.json');
const experiment = parseExperiment(await readFile(file, 'utf8'), file);

const normalised = (text: string): string => (text.toLowerCase().match(/[a-z0-9']+/g) ?? []).join(' ');

async function promptsOf(dataset: ExperimentDataset): Promise<string[]> {
  const { matched } = await collectRows(dataset, await expandPaths(dataset.path, folder), undefined);
  return matched.map(({ prompt }) => String(prompt));
}

const identification = await Promise.all(
  experiment.datasets.map(async (dataset) => ({ dataset, prompts: await promptsOf(dataset) })),
);

describe('the sample experiment', () => {
  it('has ten identification datasets, five of several categories and five of one, and Du and Do', () => {
    expect(experiment.datasets.map(({ id }) => id.slice(0, 2))).toEqual(
      [...Array(10).keys()].map((at) => `D${at}`),
    );
    expect(experiment.datasets.map(({ kind }) => kind)).toEqual([
      ...Array<string>(5).fill('multi'),
      ...Array<string>(5).fill('single'),
    ]);
    const singles = experiment.datasets.slice(5);
    expect(singles.every(({ where }) => Object.keys(where ?? {}).length === 1)).toBe(true);
    expect(experiment.utility?.id).toMatch(/^Du/);
    expect(experiment.overRejection?.id).toMatch(/^Do/);
  });

  it('has more prompts in every set than are sampled, the same number for all ten', async () => {
    expect(identification.map(({ prompts }) => prompts.length)).toEqual(Array<number>(10).fill(24));
    for (const set of [experiment.utility, experiment.overRejection]) {
      if (!set) throw new Error('missing');
      expect((await promptsOf(set)).length).toBeGreaterThanOrEqual(experiment.sampling.count);
    }
    expect(experiment.sampling.count).toBeLessThan(24);
  });

  it('has no prompt in two of the ten, nor twice in one', () => {
    const all = identification.flatMap(({ prompts }) => prompts.map(normalised));
    expect(all.length).toBe(240);
    expect(new Set(all).size).toBe(all.length);
  });

  it('has only prompts that were held out from training', async () => {
    const lines = (await readFile(path.join(native, 'aligned-tiny/heldout.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n');
    const heldOut = new Set(lines.map((line) => normalised((JSON.parse(line) as { prompt: string }).prompt)));
    const sets = [...experiment.datasets, experiment.utility, experiment.overRejection];
    for (const set of sets) {
      if (!set) throw new Error('missing');
      expect((await promptsOf(set)).filter((prompt) => !heldOut.has(normalised(prompt)))).toEqual([]);
    }
  });

  it('has a licence beside every set', async () => {
    const data = path.join(folder, 'data');
    for (const name of await readdir(data)) {
      if (!(await stat(path.join(data, name))).isDirectory()) continue;
      const files = await readdir(path.join(data, name));
      expect(files.filter((entry) => entry.startsWith('LICENSE')).length, name).toBeGreaterThan(0);
    }
  });

  it('takes less than 20 MB with the embedded models', async () => {
    let bytes = 0;
    for (const entry of await readdir(native, { recursive: true, withFileTypes: true })) {
      if (
        entry.isFile() &&
        !entry.parentPath.includes('.safety-region') &&
        !entry.parentPath.includes('__pycache__')
      )
        bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
    }
    expect(bytes).toBeLessThan(20e6);
  });
});
