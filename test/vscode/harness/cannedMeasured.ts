/**
 * A finished run whose floors, ceilings and similarity were measured: three datasets whose regions, halves and second draws
 * are windows of one parameter, so that every share is a fraction that can be said beforehand.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MAGNITUDE_VERSION, type MagnitudeReport } from '../../../src/core/masks/magnitudeReport';
import { manifestSchema } from '../../../src/core/run/manifest';
import { halfId, secondDrawId } from '../../../src/core/run/replicates';
import { SIMILARITY_VERSION, type SimilarityFile } from '../../../src/core/similarity/similarityFile';
import { createRun, type RunDirectory } from '../../../src/store/runDirectory';
import { cannedManifest, writeWindow } from './cannedRun';

const METHOD = 'snip';
const SIZE = 400;
/** First weights of the regions D0, D1, D2: each shares half of the next one's. */
const FIRST = [0, 200, 400];
/** Of the second half and of the second draw, after that of the region; the first half is the region itself. */
const LATER = { half: 100, draw: 50 };
const UTILITY_SIZE = 100;
/** What shared |W| gives every pair, in all of the model and outside the utility region. */
const FLOOR = 0.1;
const ISO_FLOOR = 0.05;

/** Cosines 0.8, 0 and 0.6. */
const CENTROIDS = [
  [1, 0],
  [0.8, 0.6],
  [0, 1],
];

/** @returns its absolute path */
export async function addMeasuredRun(runsDir: string, name: string, createdAt: string): Promise<string> {
  const { experiment, ...rest } = cannedManifest(name, createdAt);
  const manifest = manifestSchema.parse({
    ...rest,
    experiment: {
      ...experiment,
      datasets: experiment.datasets.slice(0, FIRST.length),
      methods: [{ method: METHOD }],
      replicates: { halves: true, jackknife: 0, secondDraw: true },
    },
  });
  const run = await createRun(runsDir, name, manifest);
  const release = await run.acquireLock();
  for (const [i, first] of FIRST.entries()) {
    const id = `D${i}`;
    const window = (folder: string, part: string, from: number): Promise<void> =>
      writeWindow(run, `${folder}/${METHOD}/${part}`, [from, from + SIZE]);
    await window('regions', id, first);
    await window('replicates', halfId(id, 1), first);
    await window('replicates', halfId(id, 2), first + LATER.half);
    await window('replicates', secondDrawId(id), first + LATER.draw);
  }
  await writeWindow(run, `regions/${METHOD}/Du`, [0, UTILITY_SIZE]);
  writeJson(run, `baselines/${METHOD}/magnitude.json`, magnitude);
  writeJson(run, 'reports/similarity.json', similarity);
  await run.finish({
    ...{ regions: [], losses: {}, timings: { forward: 1.5 } },
    ...{ peakMemoryBytes: null, resumed: 0, warnings: [], defaults: {} },
  });
  await release();
  return run.path;
}

function writeJson(run: RunDirectory, relative: string, value: unknown): void {
  const file = run.file(relative);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

const pairs = (diagonal: number, other: number): number[][] =>
  FIRST.map((_, a) => FIRST.map((__, b) => (a === b ? diagonal : other)));

const magnitude: MagnitudeReport = {
  schemaVersion: MAGNITUDE_VERSION,
  datasets: FIRST.map((_, i) => `D${i}`),
  utility: 'Du',
  draws: 10,
  rowsPerModule: 64,
  sampledWeights: 6400,
  floor: pairs(1, FLOOR),
  error: pairs(0, 0),
  isoFloor: pairs(1, ISO_FLOOR),
  isoError: pairs(0, 0),
};

const similarity: SimilarityFile = {
  schemaVersion: SIMILARITY_VERSION,
  source: { kind: 'model', name: 'models/canned', layer: 6, layers: 12, pooling: 'mean', files: {} },
  datasets: CENTROIDS.map((centroid, i) => ({
    id: `D${i}`,
    role: 'identification' as const,
    kind: i < 2 ? ('multi' as const) : ('single' as const),
    samples: 32,
    cut: 0,
    promptTokens: 10 + i,
    responseTokens: 20,
    centroid,
    promptHashes: [],
  })),
  cosine: CENTROIDS.map(([x = 0, y = 0]) => CENTROIDS.map(([u = 0, v = 0]) => x * u + y * v)),
  promptOverlap: { shared: pairs(0, 0), jaccard: pairs(0, 0) },
};
