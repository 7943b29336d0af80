import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { createRun } from '../../../src/store/runDirectory';
import { readLiveRun } from '../../../src/store/liveRun';
import { EXPERIMENT_TEXT, temporaryFolder, testManifest } from './testRuns';

describe('a run that goes on', async () => {
  const experiment = parseExperiment(
    EXPERIMENT_TEXT.replace(/"methods":.*/, '"methods":[{"method":"snip"},{"method":"safeLayer"}]}'),
    'test',
  );
  const run = await createRun(await temporaryFolder(), 'live', testManifest({ experiment }));
  const put = async (...parts: string[]): Promise<void> => {
    const file = run.file(...parts);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, '');
  };

  it('has written nothing at first, and says nothing', async () => {
    expect(await readLiveRun(run)).toEqual({
      phases: ['preparing', 'forward', 'head', 'backward', 'writing'],
      progress: null,
      written: ['D0', 'D1', 'Du'].map((dataset) => ({ dataset, samples: false, regions: [] })),
      finished: [],
    });
  });

  it('has a method when all its regions are there; utility gets no interval', async () => {
    await put('samples', 'D0.jsonl');
    for (const id of ['D0', 'D1']) {
      await put('regions', 'snip', `${id}.safetensors`);
      await put('regions', 'safeLayer', `${id}.safetensors`);
    }
    const { written, finished } = await readLiveRun(run);
    expect(finished).toEqual(['safeLayer']);
    expect(written).toEqual([
      { dataset: 'D0', samples: true, regions: ['snip', 'safeLayer'] },
      { dataset: 'D1', samples: false, regions: ['snip', 'safeLayer'] },
      { dataset: 'Du', samples: false, regions: [] },
    ]);
    await put('regions', 'snip', 'Du.safetensors');
    expect((await readLiveRun(run)).finished).toEqual(['snip', 'safeLayer']);
  });
});
