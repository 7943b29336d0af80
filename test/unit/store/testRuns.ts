/** Small whole runs for tests of the store and of the command line. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import type { Manifest } from '../../../src/core/run/manifest';
import type { SummaryContent } from '../../../src/core/run/summary';
import { ensureFolder } from '../../../src/store/atomicFile';
import { createRun, type RunDirectory } from '../../../src/store/runDirectory';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';

/** A folder that is removed when the test file is done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'safety-region-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const PARAMETER = 'model.layers.0.self_attn.q_proj.weight';
export const SHAPE = [3, 5] as const;
export const REGIONS: Readonly<Record<string, readonly number[]>> = {
  D0: [0, 7, 8, 14],
  D1: [7, 8, 9],
  Du: [14],
};

export const EXPERIMENT_TEXT = JSON.stringify({
  schemaVersion: 1,
  name: 'Tëst: a/b',
  model: 'models/tiny',
  datasets: [
    { id: 'D0', path: 'a.csv' },
    { id: 'D1', path: 'b.csv' },
  ],
  utility: { id: 'Du', path: 'u.csv' },
  methods: [{ method: 'snip', topFraction: 0.2 }],
});

export function testManifest(changes: Partial<Manifest> = {}): Manifest {
  const report = {
    files: ['/data/a.csv'],
    rows: 10,
    matched: 8,
    sampled: 2,
    duplicatePrompts: 1,
    truncated: 0,
    promptField: 'Goal',
    responseField: null,
    categoryField: null,
    detected: true,
    warnings: ['8 of 128 rows asked for'],
  };
  return {
    schemaVersion: 1,
    createdAt: '2026-03-04T05:06:07.000Z',
    experiment: parseExperiment(EXPERIMENT_TEXT, 'test'),
    experimentFile: '/work/test.safety-region.json',
    model: {
      reference: 'models/tiny',
      directory: '/work/models/tiny',
      modelType: 'llama',
      parameters: 15,
      files: { 'config.json': '0'.repeat(64) },
    },
    versions: { node: '20' },
    provider: 'cpu',
    threads: 2,
    seed: 0,
    datasets: { D0: report, D1: report, Du: report },
    plan: { groups: [['D0', 'D1', 'Du']] },
    ...changes,
  };
}

export const SUMMARY: SummaryContent = {
  regions: Object.entries(REGIONS).map(([dataset, indices]) => ({
    method: 'snip',
    dataset,
    role: dataset === 'Du' ? 'utility' : 'identification',
    unit: 'weight' as const,
    prompts: null,
    settings: {},
    requestedFraction: 0.2,
    scope: 'row',
    size: indices.length,
    universe: 15,
    density: indices.length / 15,
  })),
  losses: { D0: { mean: 1.5, perSample: [1, 2] }, D1: { mean: null, perSample: [null] } },
  answers: {
    D0: {
      judge: 'phrases',
      asked: 8,
      labels: { comply: 3, partial: 0, refuse: 5, broken: 0 },
      refused: 5,
      dropped: 3,
      kept: 2,
      truncated: 1,
    },
  },
  timings: { forward: 1.25, backward: 2.5 },
  peakMemoryBytes: 1 << 20,
  resumed: 0,
  warnings: [],
  defaults: { threads: 2 },
};

/** A run as it is before `finish`, its lock held by this process. */
export async function startedRun(root: string, changes: Partial<Manifest> = {}): Promise<RunDirectory> {
  const run = await createRun(root, EXPERIMENT_NAME, testManifest(changes));
  await run.appendEvent({ event: 'started' });
  await run.writeSamples('D0', [
    { row: 3, tokenIds: [1, 2, 3], responseStart: 1, truncated: false, category: null },
    { row: 9, tokenIds: [4, 5], responseStart: 1, truncated: true, category: 'fraud' },
  ]);
  for (const [id, indices] of Object.entries(REGIONS))
    await writeRegion(run.file('regions', 'snip', `${id}.safetensors`), indices);
  return run;
}
const EXPERIMENT_NAME = 'Tëst: a/b';

export async function finishedRun(root: string, changes: Partial<Manifest> = {}): Promise<RunDirectory> {
  const run = await startedRun(root, changes);
  await run.finish(SUMMARY);
  await (
    await run.acquireLock()
  )();
  return run;
}

async function writeRegion(file: string, indices: readonly number[]): Promise<void> {
  const bits = new Uint8Array(2);
  for (const index of indices) bits[index >> 3]! |= 1 << (index & 7);
  await ensureFolder(path.dirname(file));
  const entries = [{ name: PARAMETER, dtype: 'U8' as const, shape: [bits.length] }];
  const metadata = { payload: 'weights', shapes: JSON.stringify({ [PARAMETER]: SHAPE }) };
  const writer = await SafetensorsWriter.create(file, entries, metadata);
  await writer.write(PARAMETER, bits);
  await writer.finish();
}
