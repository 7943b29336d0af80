import { describe, expect, it } from 'vitest';
import { maskDensity, type MaskDensity } from '../../../src/store/maskDensity';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { tileMap } from '../../../src/store/tileMap';
import { writeBits, writeLayers, writeNeurons } from './regionFiles';
import { startedRun, temporaryFolder } from './testRuns';

const never = new AbortController().signal;
const weight = (layer: number, module: string): string => `model.layers.${layer}.${module}.weight`;
const [Q0, O0, Q1, O1] = [
  weight(0, 'self_attn.q_proj'),
  weight(0, 'self_attn.o_proj'),
  weight(1, 'self_attn.q_proj'),
  weight(1, 'self_attn.o_proj'),
];
const K0 = weight(0, 'self_attn.k_proj');

/** Two heads of two rows (q) or columns (o) each, one key/value head; matrices with k only in layer 0. */
const HEADS = { heads: 2, kvHeads: 1, headDim: 2 };
const SHAPES = { [Q0]: [4, 3], [K0]: [2, 3], [O0]: [3, 4], [Q1]: [4, 3], [O1]: [3, 4] };

async function weights(run: RunDirectory, dataset: string, units: Record<string, number[]>): Promise<void> {
  await writeBits(
    run.file('regions', 'wanda', `${dataset}.safetensors`),
    'weights',
    Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape]) => [name, { shape, units: units[name] ?? [] }]),
    ),
    { heads: HEADS },
  );
}

const choice = (run: RunDirectory, method: string, keep: string[], without: string[] = []) => ({
  method,
  keep: keep.map((dataset) => ({ run, dataset })),
  without: without.map((dataset) => ({ run, dataset })),
});

const total = (grid: readonly (readonly (number | null)[])[]): number =>
  grid.flat().reduce<number>((sum, size) => sum + (size ?? 0), 0);

const heads = ({ heads }: MaskDensity, key: string) => heads.find((grid) => grid.key === key);

describe('the density of a combination of regions', async () => {
  const run = await startedRun(await temporaryFolder());
  await weights(run, 'D0', { [Q0]: [0, 1, 2, 9], [K0]: [5], [O0]: [0, 4, 6], [O1]: [11] });
  await weights(run, 'D1', { [Q0]: [1, 2, 3], [K0]: [5], [O0]: [6] });
  await weights(run, 'Du', { [Q0]: [2], [O1]: [11] });

  it('is counted by layer and module; a module that a layer lacks is no zero', async () => {
    const { unit, grid } = await maskDensity(choice(run, 'wanda', ['D0']), never);
    expect(unit).toBe('weight');
    expect(grid).toEqual({
      layers: [0, 1],
      columns: ['q_proj', 'k_proj', 'o_proj'],
      sizes: [
        [4, 1, 3],
        [0, null, 1],
      ],
      units: [
        [12, 6, 12],
        [12, null, 12],
      ],
    });
  });

  it('is counted by head: rows of q, columns of o, and fewer heads of k', async () => {
    const density = await maskDensity(choice(run, 'wanda', ['D0']), never);
    // q: rows 0-1 hold 0, 1, 2; row 3 holds 9. o, 4 columns: 0, 4 in column 0; 6 in column 2; 11 in column 3.
    expect(heads(density, 'q')).toMatchObject({ columns: ['0', '1'], sizes: [[3, 1], [0, 0]] }); // prettier-ignore
    expect(heads(density, 'o')).toMatchObject({ sizes: [[2, 1], [0, 1]], units: [[6, 6], [6, 6]] }); // prettier-ignore
    expect(heads(density, 'k')).toMatchObject({ layers: [0], columns: ['0'], sizes: [[1]], units: [[6]] });
  });

  it.each([
    ['what both hold', ['D0', 'D1'], [], [2, 1, 1, 0, 0]],
    ['outside the utility region', ['D0'], ['Du'], [3, 1, 3, 0, 0]],
    ['of the first but not of the second', ['D0'], ['D1'], [2, 0, 2, 0, 1]],
    ['what both hold outside the utility region', ['D0', 'D1'], ['Du'], [1, 1, 1, 0, 0]],
    ['of the first, neither of the second nor of utility', ['D0'], ['D1', 'Du'], [2, 0, 2, 0, 0]],
  ])('is that of %s', async (_, keep, without, [q0, k0, o0, q1, o1]) => {
    const { grid } = await maskDensity(choice(run, 'wanda', keep, without), never);
    expect(grid.sizes).toEqual([
      [q0, k0, o0],
      [q1, null, o1],
    ]);
  });

  it('of tiles adds up to that of the matrix, whose units are all in the tiles', async () => {
    const density = await maskDensity(choice(run, 'wanda', ['D0']), never);
    expect(density.matrices).toHaveLength(5);
    for (const { layer, label, size, units } of density.matrices) {
      const map = await tileMap(choice(run, 'wanda', ['D0']), { layer, matrix: label, window: null }, never);
      expect([total(map.sizes), total(map.units)]).toEqual([size, units]);
    }
  });

  it('is refused where nothing is chosen, or a region is missing', async () => {
    await expect(maskDensity(choice(run, 'wanda', [], ['Du']), never)).rejects.toMatchObject({
      code: 'no-region',
    });
    await expect(maskDensity(choice(run, 'wanda', ['D9']), never)).rejects.toMatchObject({
      code: 'region-missing',
    });
    const aborted = maskDensity(choice(run, 'wanda', ['D0']), AbortSignal.abort());
    await expect(aborted).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('is refused of regions that are not of the same matrices', async () => {
    await writeBits(run.file('regions', 'wanda', 'other.safetensors'), 'weights', {
      [Q0]: { shape: [4, 3], units: [] },
    });
    await expect(maskDensity(choice(run, 'wanda', ['D0', 'other']), never)).rejects.toMatchObject({
      code: 'regions-differ',
    });
  });
});

describe('a tile map', async () => {
  const run = await startedRun(await temporaryFolder());
  await weights(run, 'D0', { [Q0]: [0, 1, 2, 9] });

  it('of a small matrix has a tile for each weight', async () => {
    const map = await tileMap(
      choice(run, 'wanda', ['D0']),
      { layer: 0, matrix: 'q_proj', window: null },
      never,
    );
    expect(map).toEqual({
      unit: 'weight',
      rowEdges: [0, 1, 2, 3, 4],
      columnEdges: [0, 1, 2, 3],
      sizes: [
        [1, 1, 1],
        [0, 0, 0],
        [0, 0, 0],
        [1, 0, 0],
      ],
      units: Array.from({ length: 4 }, () => [1, 1, 1]),
    });
  });

  it('of a window keeps the numbers of its rows and columns', async () => {
    const window = { rows: [2, 4], columns: [0, 2] } as const;
    const place = { layer: 0, matrix: 'q_proj', window };
    expect(await tileMap(choice(run, 'wanda', ['D0']), place, never)).toMatchObject({
      rowEdges: [2, 3, 4],
      columnEdges: [0, 1, 2],
      sizes: [
        [0, 0],
        [1, 0],
      ],
    });
  });

  it.each([
    ['q_projs', null, 'matrix-unknown'],
    ['q_proj', { rows: [0, 5], columns: [0, 3] }, 'window-outside'],
    ['q_proj', { rows: [2, 2], columns: [0, 3] }, 'window-outside'],
    ['q_proj', { rows: [0, 4], columns: [-1, 3] }, 'window-outside'],
  ] as const)('of %s, window %j is refused', async (matrix, window, code) => {
    const refused = tileMap(choice(run, 'wanda', ['D0']), { layer: 0, matrix, window }, never);
    await expect(refused).rejects.toMatchObject({ code });
  });

  it('of a large matrix is read in pieces: 2048 x 9001 weights, every 1,000th of them', async () => {
    const [rows, columns] = [2048, 9001];
    const units = Array.from({ length: Math.ceil((rows * columns) / 1000) }, (_, i) => i * 1000);
    await writeBits(run.file('regions', 'snip', 'big.safetensors'), 'weights', {
      [Q0]: { shape: [rows, columns], units },
    });
    const map = await tileMap(
      choice(run, 'snip', ['big']),
      { layer: 0, matrix: 'q_proj', window: null },
      never,
    );
    expect([map.rowEdges.length, map.columnEdges.length]).toEqual([65, 65]);
    expect([map.rowEdges[1], map.columnEdges[1]]).toEqual([32, 141]);
    const expected = map.sizes.map((row) => row.map(() => 0));
    for (const unit of units) {
      expected[Math.floor(Math.floor(unit / columns) / 32)]![Math.floor((unit % columns) / 141)]! += 1;
    }
    expect(map.sizes).toEqual(expected);
  });
});

describe('regions that are no plain weights', async () => {
  const run = await startedRun(await temporaryFolder());
  const file = (method: string, dataset = 'D0'): string =>
    run.file('regions', method, `${dataset}.safetensors`);
  const shapes = {
    [Q0]: [4, 6],
    [weight(0, 'self_attn.o_proj')]: [6, 4],
    [weight(0, 'mlp.gate_proj')]: [8, 6],
    [weight(0, 'mlp.down_proj')]: [6, 8],
  };

  it('neurons are marks of rows, and of the columns of o and down', async () => {
    const counts = { 'model.layers.0.q': 4, 'model.layers.0.o': 4, 'model.layers.0.ffn': 8 };
    const indices = {
      'model.layers.0.q': [1, 2],
      'model.layers.0.o': [3],
      'model.layers.0.ffn': [0, 7],
    };
    await writeNeurons(file('safeNeuron'), counts, indices, { shapes, heads: HEADS });
    const of = choice(run, 'safeNeuron', ['D0']);
    const density = await maskDensity(of, never);
    expect(density.unit).toBe('neuron');
    expect(density.grid).toMatchObject({
      columns: ['q', 'o', 'ffn'],
      sizes: [[2, 1, 2]],
      units: [[4, 4, 8]],
    });
    expect(heads(density, 'q')?.sizes).toEqual([[1, 1]]);
    expect(heads(density, 'o')?.sizes).toEqual([[0, 1]]);
    expect(density.matrices.map(({ label, unitIs, size, units }) => [label, unitIs, size, units])).toEqual([
      ['q_proj', 'row', 2, 4],
      ['o_proj', 'column', 1, 4],
      ['gate_proj', 'row', 2, 8],
      ['down_proj', 'column', 2, 8],
    ]);
    expect(await tileMap(of, { layer: 0, matrix: 'gate_proj', window: null }, never)).toMatchObject({
      columnEdges: [0, 6],
      sizes: [[1], [0], [0], [0], [0], [0], [0], [1]],
    });
    const down = { layer: 0, matrix: 'down_proj', window: { rows: [0, 6], columns: [6, 8] } } as const;
    expect(await tileMap(of, down, never)).toMatchObject({
      rowEdges: [0, 6],
      sizes: [[0, 1]],
      units: [[1, 1]],
    });
  });

  it('an interval is its layers, each all or nothing of its matrices', async () => {
    await writeLayers(file('safeLayer'), 3, [0, 1], { shapes });
    await writeLayers(file('safeLayer', 'D1'), 3, [1, 2], { shapes });
    const of = choice(run, 'safeLayer', ['D0'], ['D1']);
    const density = await maskDensity(of, never);
    expect(density).toMatchObject({
      unit: 'layer',
      grid: { layers: [0, 1, 2], columns: ['layer'], sizes: [[1], [0], [0]], units: [[1], [1], [1]] },
      heads: [],
    });
    expect(density.matrices.map(({ label, size }) => [label, size])).toEqual([
      ['q_proj', 1],
      ['o_proj', 1],
      ['gate_proj', 1],
      ['down_proj', 1],
    ]);
    expect(await tileMap(of, { layer: 0, matrix: 'q_proj', window: null }, never)).toMatchObject({
      rowEdges: [0, 4],
      columnEdges: [0, 6],
      sizes: [[1]],
      units: [[1]],
    });
  });

  it("an adapter's factors are matrices of their own", async () => {
    const factor = (letter: string): string =>
      `base_model.model.model.layers.3.self_attn.q_proj.lora_${letter}.weight`;
    await writeBits(file('nlsr'), 'lora', {
      [factor('A')]: { shape: [2, 4], units: [0, 7] },
      [factor('B')]: { shape: [3, 2], units: [5] },
    });
    const of = choice(run, 'nlsr', ['D0']);
    const density = await maskDensity(of, never);
    expect(density.grid).toMatchObject({
      layers: [3],
      columns: ['q_proj.lora_A', 'q_proj.lora_B'],
      sizes: [[2, 1]],
    });
    expect(density.matrices.map(({ parameter }) => parameter)).toEqual([factor('A'), factor('B')]);
    const map = await tileMap(of, { layer: 3, matrix: 'q_proj.lora_B', window: null }, never);
    expect(map.sizes).toEqual([
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
  });

  it('a fused matrix is the modules in it, with the rows that they have in the parameter', async () => {
    const fused = weight(0, 'self_attn.qkv_proj');
    await writeBits(
      file('snip', 'fused'),
      'weights',
      { [fused]: { shape: [8, 3], units: [0, 12, 13, 23] } },
      {
        parts: {
          [fused]: [
            { module: 'q_proj', rows: 4 },
            { module: 'k_proj', rows: 2 },
            { module: 'v_proj', rows: 2 },
          ],
        },
        heads: HEADS,
      },
    );
    const of = choice(run, 'snip', ['fused']);
    const density = await maskDensity(of, never);
    expect(density.grid).toMatchObject({ columns: ['q_proj', 'k_proj', 'v_proj'], sizes: [[1, 2, 1]] });
    expect(heads(density, 'q')?.sizes).toEqual([[1, 0]]);
    expect(density.matrices[1]).toMatchObject({
      label: 'k_proj',
      parameter: fused,
      firstRow: 4,
      shape: [2, 3],
      isWhole: false,
    });
    expect(await tileMap(of, { layer: 0, matrix: 'k_proj', window: null }, never)).toMatchObject({
      rowEdges: [4, 5, 6],
      sizes: [
        [1, 1, 0],
        [0, 0, 0],
      ],
    });
  });
});
