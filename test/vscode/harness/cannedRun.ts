/**
 * A finished run made by hand through the store: ten datasets with known regions, so that a test of the view can say
 * beforehand which numbers it must show. It needs no engine.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from '../../../src/core/run/manifest';
import { manifestSchema } from '../../../src/core/run/manifest';
import { createRun, type RunDirectory } from '../../../src/store/runDirectory';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';

const ROWS = 64;
const COLUMNS = 100;
const UNIVERSE = ROWS * COLUMNS;
const PARAM = 'model.layers.0.self_attn.q_proj.weight';
export const CANNED_DATASETS = 10;
const SIZE = 320;
/** Every next dataset's region starts this many weights later, so neighbours share most. */
const SHIFT = 20;

/** Of dataset i: SIZE consecutive weights from i * SHIFT on; of the utility set: the same number from 0 on. */
const firstWeight = (dataset: number): number => dataset * SHIFT;

/** Where the region of that dataset lies in the one parameter: flat indices, the last one included. */
export const cannedRegion = (
  dataset: number,
): { parameter: string; shape: [number, number]; first: number; last: number; size: number } => ({
  parameter: PARAM,
  shape: [ROWS, COLUMNS],
  first: firstWeight(dataset),
  last: firstWeight(dataset) + SIZE - 1,
  size: SIZE,
});

/** IoU of the regions of datasets a and b: the shared part over both, counted by hand. */
export function cannedIoU(a: number, b: number): number {
  const shared = Math.max(0, SIZE - Math.abs(a - b) * SHIFT);
  return shared / (2 * SIZE - shared);
}

/** After the utility region [0, SIZE) is taken away, dataset i keeps its last i * SHIFT weights. */
export function cannedIsoIoU(a: number, b: number): number | null {
  const [small, large] = [Math.min(a, b) * SHIFT, Math.max(a, b) * SHIFT];
  const shared = Math.max(0, small - (large > SIZE ? large - SIZE : 0));
  const union = small + large - shared;
  return union === 0 ? null : shared / union;
}

export function cannedManifest(name: string, createdAt: string): Manifest {
  const ids = Array.from({ length: CANNED_DATASETS }, (_, index) => `D${index}`);
  return manifestSchema.parse({
    schemaVersion: 1,
    createdAt,
    experiment: {
      schemaVersion: 1,
      name,
      model: 'models/canned',
      datasets: ids.map((id) => ({ id, path: `data/${id}.jsonl`, prompt: 'prompt' })),
      utility: { id: 'Du', path: 'data/Du.jsonl', prompt: 'prompt' },
      methods: [{ method: 'snip' }, { method: 'wanda' }],
    },
    experimentFile: '/nowhere/canned.safety-region.json',
    model: {
      reference: 'models/canned',
      directory: '/nowhere/models/canned',
      modelType: 'llama',
      parameters: UNIVERSE,
      files: { 'model.safetensors': '0'.repeat(64) },
    },
    versions: { tool: '0.1.0' },
    provider: 'cpu',
    threads: 2,
    seed: 0,
    datasets: Object.fromEntries([...ids, 'Du'].map((id) => [id, report(id)])),
    plan: {},
  });
}

const report = (id: string): Record<string, unknown> => ({
  files: [`data/${id}.jsonl`],
  rows: 100,
  matched: 100,
  sampled: 32,
  duplicatePrompts: 0,
  truncated: 0,
  promptField: 'prompt',
  responseField: null,
  categoryField: null,
  detected: false,
  warnings: [],
});

/** @returns its absolute path */
export async function addDoneRun(runsDir: string, name: string, createdAt: string): Promise<string> {
  const run = await createRun(runsDir, name, cannedManifest(name, createdAt));
  const release = await run.acquireLock();
  for (const method of ['snip', 'wanda']) {
    for (let dataset = 0; dataset < CANNED_DATASETS; dataset++) {
      await writeRegion(run, method, `D${dataset}`, firstWeight(dataset));
    }
    await writeRegion(run, method, 'Du', 0);
  }
  await run.finish({
    regions: ['snip', 'wanda'].map((method) => ({
      method,
      dataset: 'D0',
      role: 'identification' as const,
      unit: 'weight' as const,
      prompts: null,
      settings: {},
      requestedFraction: 0.05,
      scope: 'row' as const,
      size: SIZE,
      universe: UNIVERSE,
      density: SIZE / UNIVERSE,
    })),
    losses: {},
    timings: { forward: 1.5, backward: 2.25 },
    peakMemoryBytes: 2 ** 28,
    resumed: 0,
    warnings: [],
    defaults: {},
  });
  await release();
  return run.path;
}

/** A run whose process has gone before it was done. @returns its absolute path */
export async function addInterruptedRun(runsDir: string, name: string, createdAt: string): Promise<string> {
  const run = await createRun(runsDir, name, cannedManifest(name, createdAt));
  const release = await run.acquireLock();
  await release();
  return run.path;
}

const writeRegion = (run: RunDirectory, method: string, dataset: string, first: number): Promise<void> =>
  writeWindow(run, `regions/${method}/${dataset}`, [first, first + SIZE]);

/**
 * A region of consecutive weights of the one parameter.
 * @param name below the run's folder, without its ending
 */
export async function writeWindow(
  run: RunDirectory,
  name: string,
  [from, to]: readonly [from: number, to: number],
): Promise<void> {
  const bits = new Uint8Array(UNIVERSE / 8);
  for (let index = from; index < to; index++) bits[index >> 3]! |= 1 << (index & 7);
  const file = run.file(`${name}.safetensors`);
  mkdirSync(path.dirname(file), { recursive: true });
  const writer = await SafetensorsWriter.create(file, [{ name: PARAM, dtype: 'U8', shape: [bits.length] }], {
    payload: 'weights',
    shapes: JSON.stringify({ [PARAM]: [ROWS, COLUMNS] }),
  });
  await writer.write(PARAM, bits);
  await writer.finish();
}
