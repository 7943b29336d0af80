/** A finished run beside cannedRun.ts whose regions lie in several layers, modules and heads: all counts are known. */
import { bitsetOf } from '../../../src/core/masks/bitset';
import { manifestSchema } from '../../../src/core/run/manifest';
import { createRun } from '../../../src/store/runDirectory';
import { writeSafetensors } from '../../../src/store/writeSafetensors';
import { cannedManifest } from './cannedRun';

/** Two heads of q and o for one of k and v. */
const HEADS = { heads: 4, kvHeads: 2, headDim: 2 };
const SHAPES = {
  'self_attn.q_proj': [8, 8],
  'self_attn.k_proj': [4, 8],
  'self_attn.v_proj': [4, 8],
  'self_attn.o_proj': [8, 8],
  'mlp.up_proj': [128, 8],
} as const;
const LAYERS = 2;

type Rows = readonly [from: number, to: number];
interface Block {
  readonly layer: number;
  readonly module: keyof typeof SHAPES;
  readonly rows: Rows;
  readonly columns: Rows;
}

/**
 * D0: 16 of 64 in q of layer 0 (its head 0), 8 of 32 in k (half of its head 0), 16 of 1,024 in up of layer 1.
 * D1: 8 in q of layer 0, of which D0 has all, and 8 in o (half of its head 3). Du: 4 of what D0 alone has in q.
 */
export const MASKS: Readonly<Record<'D0' | 'D1' | 'Du', readonly Block[]>> = {
  D0: [
    { layer: 0, module: 'self_attn.q_proj', rows: [0, 2], columns: [0, 8] },
    { layer: 0, module: 'self_attn.k_proj', rows: [0, 1], columns: [0, 8] },
    { layer: 1, module: 'mlp.up_proj', rows: [0, 2], columns: [0, 8] },
  ],
  D1: [
    { layer: 0, module: 'self_attn.q_proj', rows: [0, 1], columns: [0, 8] },
    { layer: 0, module: 'self_attn.o_proj', rows: [0, 8], columns: [7, 8] },
  ],
  Du: [{ layer: 0, module: 'self_attn.q_proj', rows: [1, 2], columns: [0, 4] }],
};

const nameOf = (layer: number, module: string): string => `model.layers.${layer}.${module}.weight`;

/** @returns its absolute path */
export async function addMaskRun(runsDir: string, name: string, createdAt: string): Promise<string> {
  const { experiment, ...rest } = cannedManifest(name, createdAt);
  const datasets = experiment.datasets.filter(({ id }) => id in MASKS);
  const manifest = manifestSchema.parse({
    ...rest,
    experiment: { ...experiment, datasets, methods: [{ method: 'wanda' }] },
  });
  const run = await createRun(runsDir, name, manifest);
  const release = await run.acquireLock();
  const matrices = Array.from({ length: LAYERS }, (_, layer) =>
    Object.entries(SHAPES).map(([module, shape]) => ({ layer, module, shape })),
  ).flat();
  const shapes = Object.fromEntries(
    matrices.map(({ layer, module, shape }) => [nameOf(layer, module), shape]),
  );
  for (const [id, blocks] of Object.entries(MASKS)) {
    await writeSafetensors(
      run.file('regions', 'wanda', `${id}.safetensors`),
      matrices.map(({ layer, module, shape: [rows, columns] }) => ({
        ...{ name: nameOf(layer, module), dtype: 'U8' },
        shape: [(rows * columns) / 8],
      })),
      ({ name }) => bitsOf(name, blocks),
      { payload: 'weights', shapes: JSON.stringify(shapes), heads: JSON.stringify(HEADS) },
    );
  }
  await run.finish({
    ...{ regions: [], losses: {}, timings: { forward: 1.5 } },
    ...{ peakMemoryBytes: null, resumed: 0, warnings: [], defaults: {} },
  });
  await release();
  return run.path;
}

function bitsOf(name: string, blocks: readonly Block[]): Uint8Array {
  const [, [rows, columns]] = Object.entries(SHAPES).find(([module]) => name.includes(module))!;
  const isIn = (unit: number): boolean => {
    const [row, column] = [Math.floor(unit / columns), unit % columns];
    const within = (at: number, [from, to]: Rows): boolean => at >= from && at < to;
    return blocks.some(
      (block) =>
        nameOf(block.layer, block.module) === name &&
        within(row, block.rows) &&
        within(column, block.columns),
    );
  };
  const all = Array.from({ length: rows * columns }, (_, unit) => unit);
  return bitsetOf(rows * columns, all.filter(isIn));
}
