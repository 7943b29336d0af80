import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SimilarityFile } from '../../../src/core/similarity/similarityFile';
import { writeFileAtomic } from '../../../src/store/atomicFile';
import { overlapRuns } from '../../../src/store/overlapRuns';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { similarityPath } from '../../../src/store/similarityFile';
import { SUMMARY, finishedRun, startedRun, temporaryFolder } from '../store/testRuns';

const FILE: SimilarityFile = {
  schemaVersion: 1,
  source: { kind: 'encoder', name: 'e', format: 'onnx', pooling: 'mean', maxTokens: 9, files: {} },
  datasets: [
    ['D0', [1, 0], ['a', 'b']],
    ['D1', [0.6, 0.8], ['b', 'c', 'd']],
    ['Du', [0, 1], ['e']],
  ].map(([id, centroid, promptHashes], i) => ({
    id: id as string,
    role: id === 'Du' ? ('utility' as const) : ('identification' as const),
    kind: 'single' as const,
    samples: 3,
    cut: 0,
    promptTokens: 10 + i,
    responseTokens: 5,
    centroid: centroid as number[],
    promptHashes: promptHashes as string[],
  })),
  cosine: [],
  promptOverlap: { shared: [], jaccard: [] },
};

async function runWith(folder: string, file: SimilarityFile): Promise<RunDirectory> {
  const run = await startedRun(folder);
  await writeFileAtomic(similarityPath(run), JSON.stringify(file));
  await run.finish(SUMMARY);
  await (
    await run.acquireLock()
  )();
  return run;
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

describe('overlap of runs that say how alike their datasets are', () => {
  it('has it beside the IoU after the utility region was taken out', async () => {
    const run = await runWith(folder, FILE);
    const { snip } = (await overlapRuns([run.path])).methods;
    expect(snip?.similarity).toMatchObject({
      source: { kind: 'encoder', name: 'e' },
      measure: 'isoUtility',
      matrix: [
        [1, 0.6],
        [0.6, 1],
      ],
      sets: {
        multi: null,
        single: { ids: ['D0', 'D1'], scatter: [{ a: 'D0', b: 'D1', cosine: 0.6 }] },
      },
      confounders: {
        promptTokens: [10, 11],
        sharedPrompts: [
          [2, 1],
          [1, 3],
        ],
        promptOverlap: [
          [1, 0.25],
          [0.25, 1],
        ],
      },
    });
    const { scatter } = snip?.similarity?.sets.single ?? { scatter: [] };
    // Regions {0, 7, 8} and {7, 8, 9} outside {14}.
    expect(scatter[0]?.iou).toBe(snip?.isoUtility?.pairwise[0]?.[1]);
    expect(scatter[0]?.iou).toBe(0.5);
  });

  it('compares runs of one encoder, and not of two', async () => {
    const one = await runWith(folder, FILE);
    const same = await runWith(folder, FILE);
    const other = await runWith(folder, { ...FILE, source: { ...FILE.source, name: 'f' } });
    const both = (await overlapRuns([one.path, same.path])).methods.snip?.similarity;
    expect(both?.matrix).toHaveLength(4);
    expect(both?.matrix[0]?.[2]).toBeCloseTo(1, 12);
    expect((await overlapRuns([one.path, other.path])).methods.snip?.similarity).toBeNull();
    const datasets = FILE.datasets.map((dataset) => ({ ...dataset, centroid: [...dataset.centroid, 1] }));
    const wider = await runWith(folder, { ...FILE, datasets });
    expect((await overlapRuns([one.path, wider.path])).methods.snip?.similarity).toBeNull();
  });

  it('has none where a run has none, and says so where the file was changed', async () => {
    const bare = await finishedRun(folder);
    expect((await overlapRuns([bare.path])).methods.snip?.similarity).toBeNull();
    const run = await runWith(folder, FILE);
    const text = await readFile(similarityPath(run), 'utf8');
    await writeFileAtomic(similarityPath(run), text.replace('0.6', '0.7'));
    await expect(overlapRuns([run.path])).rejects.toMatchObject({ code: 'run-damaged' });
  });
});
