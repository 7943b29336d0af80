/** A finished run of the methods that score no weights, beside cannedRun.ts: every number of it is known. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bitsetOf } from '../../../src/core/masks/bitset';
import { manifestSchema, type Manifest } from '../../../src/core/run/manifest';
import { createRun, type RunDirectory } from '../../../src/store/runDirectory';
import { writeSafetensors } from '../../../src/store/writeSafetensors';
import { cannedAdapterReport, cannedLayerReport, cannedNeuronReport } from './cannedReports';
import { cannedManifest } from './cannedRun';

const DATASETS = ['D0', 'D1'];
const UTILITY = 'Du';
const Q_NEURONS = 16;
const FFN_NEURONS = 32;

/** Indices by tensor. In both: q 2 and 5 of layer 0, ffn 7 of layer 1; of these the utility set has q 5. */
const NEURONS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  D0: { 'model.layers.0.q': [1, 2, 5], 'model.layers.1.ffn': [0, 7] },
  D1: { 'model.layers.0.q': [2, 3, 5], 'model.layers.1.ffn': [7] },
  Du: { 'model.layers.0.q': [5] },
};

export function stagesManifest(name: string, createdAt: string): Manifest {
  const { experiment, ...rest } = cannedManifest(name, createdAt);
  return manifestSchema.parse({
    ...rest,
    experiment: {
      ...experiment,
      adapter: 'adapters/dpo',
      datasets: experiment.datasets.filter(({ id }) => DATASETS.includes(id)),
      methods: [{ method: 'safeNeuron' }, { method: 'safeLayer' }, { method: 'nlsr' }],
    },
  });
}

type Method = keyof typeof WRITERS;

export interface BegunRun {
  /** Absolute. */
  readonly path: string;
  /** Regions and reports of all datasets. */
  write(method: Method): Promise<void>;
  finish(): Promise<void>;
}

/** A run that this process seems to compute. */
export async function beginStagesRun(runsDir: string, name: string, createdAt: string): Promise<BegunRun> {
  const run = await createRun(runsDir, name, stagesManifest(name, createdAt));
  const release = await run.acquireLock();
  return {
    path: run.path,
    async write(method) {
      for (const id of [...DATASETS, UTILITY]) await WRITERS[method](run, id);
    },
    async finish() {
      await run.finish({
        regions: [],
        losses: {},
        timings: { forward: 1.5 },
        peakMemoryBytes: null,
        resumed: 0,
        warnings: [],
        defaults: {},
      });
      await release();
    },
  };
}

export async function addStagesRun(runsDir: string, name: string, createdAt: string): Promise<void> {
  const run = await beginStagesRun(runsDir, name, createdAt);
  for (const method of ['safeNeuron', 'safeLayer', 'nlsr'] as const) await run.write(method);
  await run.finish();
}

const WRITERS = { safeNeuron: writeNeurons, safeLayer: writeInterval, nlsr: writeAdapter };

const regionOf = (run: RunDirectory, method: string, id: string): string =>
  run.file('regions', method, `${id}.safetensors`);

function writeReport(run: RunDirectory, method: string, id: string, report: unknown): void {
  const file = run.file('reports', method, `${id}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(report));
}

async function writeNeurons(run: RunDirectory, id: string): Promise<void> {
  const counts = Object.fromEntries(
    [0, 1].flatMap((layer) => [
      [`model.layers.${layer}.q`, Q_NEURONS],
      [`model.layers.${layer}.ffn`, FFN_NEURONS],
    ]),
  );
  const shapes = Object.fromEntries(
    [0, 1].flatMap((layer) => [
      [`model.layers.${layer}.self_attn.q_proj.weight`, [Q_NEURONS, 8]],
      [`model.layers.${layer}.mlp.gate_proj.weight`, [FFN_NEURONS, 8]],
      [`model.layers.${layer}.mlp.up_proj.weight`, [FFN_NEURONS, 8]],
      [`model.layers.${layer}.mlp.down_proj.weight`, [8, FFN_NEURONS]],
    ]),
  );
  const indicesOf = (tensor: string): Int32Array => Int32Array.from(NEURONS[id]?.[tensor] ?? []);
  await writeSafetensors(
    regionOf(run, 'safeNeuron', id),
    Object.keys(counts).map((tensor) => ({ name: tensor, dtype: 'I32', shape: [indicesOf(tensor).length] })),
    ({ name }) => new Uint8Array(indicesOf(name).buffer),
    { payload: 'neurons', counts: JSON.stringify(counts), shapes: JSON.stringify(shapes) },
  );
  const sizes = (type: string): number[] =>
    [0, 1].map((layer) => indicesOf(`model.layers.${layer}.${type}`).length);
  writeReport(run, 'safeNeuron', id, cannedNeuronReport(id, { q: sizes('q'), ffn: sizes('ffn') }));
}

async function writeInterval(run: RunDirectory, id: string): Promise<void> {
  // The utility set is one side of every curve and gets no interval.
  if (id === UTILITY) return;
  await writeSafetensors(
    regionOf(run, 'safeLayer', id),
    [{ name: 'interval', dtype: 'I32', shape: [2] }],
    () => new Uint8Array(Int32Array.from([3, 4]).buffer),
    { payload: 'layers', layers: '8' },
  );
  writeReport(run, 'safeLayer', id, cannedLayerReport(id, UTILITY));
}

/** Of 16 weights a factor: A of D0 and D1 share 2 of 6, B all 4. */
const ADAPTER = { D0: { A: [0, 1, 2, 3] }, D1: { A: [2, 3, 4, 5] }, Du: { A: [15] } } as const;

async function writeAdapter(run: RunDirectory, id: string): Promise<void> {
  const names = ['A', 'B'].map(
    (factor) => `base_model.model.model.layers.0.self_attn.q_proj.lora_${factor}.weight`,
  );
  const units = (name: string): readonly number[] =>
    name.includes('lora_A') ? ADAPTER[id as keyof typeof ADAPTER].A : [4, 5, 6, 7];
  await writeSafetensors(
    regionOf(run, 'nlsr', id),
    names.map((name) => ({ name, dtype: 'U8', shape: [2] })),
    ({ name }) => bitsetOf(16, units(name)),
    {
      payload: 'lora',
      shapes: JSON.stringify(
        Object.fromEntries(names.map((name) => [name, name.includes('lora_A') ? [2, 8] : [8, 2]])),
      ),
    },
  );
  writeReport(run, 'nlsr', id, cannedAdapterReport(id));
}
