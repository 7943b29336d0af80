import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { regionMetadata } from '../../../src/core/model/regionMetadata';
import { checkExportFormat, exportRegion, exportRunRegion } from '../../../src/store/exportRegion';
import { NpzWriter } from '../../../src/store/npzWriter';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { openSafetensors } from '../../../src/store/safetensorsFile';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';
import { SIZES, describeConfig } from '../model/describe';
import { writeBits, writeLayers, writeNeurons } from './regionFiles';
import { finishedRun, PARAMETER, REGIONS, SHAPE, temporaryFolder } from './testRuns';

let folder: string;
let run: RunDirectory;
beforeAll(async () => {
  folder = await temporaryFolder();
  run = await finishedRun(folder);
});
const region = (id: string): string => run.file('regions', 'snip', `${id}.safetensors`);

it('safetensors: a BOOL tensor of the full shape, true exactly at the region', async () => {
  const out = path.join(folder, 'd0.safetensors');
  await exportRegion(region('D0'), 'safetensors', out);
  const file = await openSafetensors(out);
  expect([...file.tensors.keys()]).toEqual([PARAMETER]);
  expect(file.tensor(PARAMETER)).toMatchObject({ dtype: 'BOOL', shape: SHAPE });
  const flags = new Uint8Array(15);
  await file.readBytes(PARAMETER, flags);
  await file.close();
  expect([...flags.keys()].filter((i) => flags[i] === 1)).toEqual(REGIONS.D0);
  expect([...flags].every((flag) => flag <= 1)).toBe(true);
});

it('json: ascending flat indices', async () => {
  const out = path.join(folder, 'd1.json');
  await exportRegion(region('D1'), 'json', out);
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({
    schemaVersion: 1,
    parameters: { [PARAMETER]: { shape: SHAPE, indices: REGIONS.D1 } },
  });
});

it('crosses the pieces in which bits are read', async () => {
  const rows = 1025;
  const bytes = rows * 1024;
  const bits = new Uint8Array(bytes);
  const set = [0, (1 << 23) - 1, 1 << 23, bytes * 8 - 1];
  for (const index of set) bits[index >> 3]! |= 1 << (index & 7);
  const file = path.join(folder, 'large.safetensors');
  const metadata = { payload: 'weights', shapes: JSON.stringify({ w: [rows, 8192] }) };
  const writer = await SafetensorsWriter.create(file, [{ name: 'w', dtype: 'U8', shape: [bytes] }], metadata);
  await writer.write('w', bits);
  await writer.finish();
  const out = path.join(folder, 'large.json');
  await exportRegion(file, 'json', out);
  expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ parameters: { w: { indices: set } } });
  const masks = path.join(folder, 'large-masks.safetensors');
  await exportRegion(file, 'safetensors', masks);
  const flags = (await readFile(masks)).subarray(-rows * 8192);
  expect(set.map((index) => flags[index])).toEqual([1, 1, 1, 1]);
  expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(4);
});

it.each([
  ['a missing payload', {}],
  ['shapes that are no JSON', { payload: 'weights', shapes: '{' }],
  ['no shape', { payload: 'weights', shapes: '{}' }],
  ['a shape of another size', { payload: 'weights', shapes: '{"w":[100]}' }],
])('refuses a file with %s', async (_, metadata) => {
  const file = path.join(folder, 'bad.safetensors');
  const writer = await SafetensorsWriter.create(file, [{ name: 'w', dtype: 'U8', shape: [2] }], metadata);
  await writer.write('w', new Uint8Array(2));
  await writer.finish();
  const out = path.join(folder, 'bad.json');
  await writeFile(out, 'older');
  await expect(exportRegion(file, 'json', out)).rejects.toMatchObject({ code: 'region-damaged' });
  expect(await readFile(out, 'utf8')).toBe('older');
});

it('names the formats', () => {
  expect(() => checkExportFormat('pickle')).toThrow(
    expect.objectContaining({ code: 'export-format', mend: 'Use one of: safetensors, npz, json.' }) as Error,
  );
  expect(checkExportFormat('npz')).toBe('npz');
});

it('npz: refuses what a ZIP without 64-bit extension cannot hold, and leaves no file', async () => {
  const out = path.join(folder, 'none.npz');
  for (const entries of [
    [{ name: 'w', shape: [2 ** 17, 2 ** 16] }],
    Array.from({ length: 65536 }, (_, i) => ({ name: String(i), shape: [1] })),
  ]) {
    await expect(NpzWriter.create(out, entries)).rejects.toMatchObject({
      kind: 'input',
      code: 'npz-too-large',
    });
  }
  const writer = await NpzWriter.create(out, [{ name: 'w', shape: [2] }]);
  await expect(writer.write('v', new Uint8Array(1))).rejects.toThrow(RangeError);
  await writer.write('w', new Uint8Array(1));
  await expect(writer.finish()).rejects.toThrow('not all arrays');
  expect((await readdir(folder)).filter((name) => name.startsWith('none.npz'))).toEqual([]);
});

interface Mask {
  readonly shape: number[];
  readonly flags: number[];
}

/** What numpy.load sees: name -> shape and the bytes of a bool array. */
async function readNpz(file: string): Promise<Record<string, Mask>> {
  const arrays = Object.entries(unzipSync(await readFile(file))).map(([name, bytes]) => {
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
    const end = 10 + bytes[8]! + 256 * bytes[9]!;
    expect(end % 64).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(10, end));
    const shape = /^\{'descr': '\|b1', 'fortran_order': False, 'shape': \(([\d, ]+)\), \} *\n$/.exec(
      header,
    )?.[1];
    expect(name.endsWith('.npy')).toBe(true);
    const sizes = shape!.split(',').filter((size) => size.trim() !== '');
    return [name.slice(0, -4), { shape: sizes.map(Number), flags: [...bytes.subarray(end)] }] as [
      string,
      Mask,
    ];
  });
  return Object.fromEntries(arrays);
}

it('npz: bool arrays of the full shape, the same bytes each time', async () => {
  const [out, again] = [path.join(folder, 'd0.npz'), path.join(folder, 'again.npz')];
  await exportRegion(region('D0'), 'npz', out);
  await exportRegion(region('D0'), 'npz', again);
  const { [PARAMETER]: mask, ...others } = await readNpz(out);
  expect(others).toEqual({});
  expect(mask?.shape).toEqual([...SHAPE]);
  expect(mask?.flags.flatMap((flag, i) => (flag === 1 ? [i] : []))).toEqual(REGIONS.D0);
  expect(await readFile(again)).toEqual(await readFile(out));
});

describe('what is not weights', () => {
  const LAYERS = 2;
  const sizes = { ...SIZES, hidden_size: 12, intermediate_size: 5, num_hidden_layers: LAYERS, head_dim: 4 };
  const heads = { num_attention_heads: 4, num_key_value_heads: 2 };
  const spec = describeConfig({ ...sizes, ...heads, model_type: 'llama' });
  const fused = describeConfig({
    ...sizes,
    ...heads,
    model_type: 'phi3',
    pad_token_id: 0,
    original_max_position_embeddings: 64,
    max_position_embeddings: 64,
  });
  const counts = Object.fromEntries(
    [0, 1].flatMap((layer) =>
      Object.entries({ q: 16, k: 8, v: 8, o: 16, ffn: 5 }).map(([type, n]) => [
        `model.layers.${layer}.${type}`,
        n,
      ]),
    ),
  );
  const indices = {
    'model.layers.0.q': [1],
    'model.layers.0.k': [5],
    'model.layers.0.v': [0],
    'model.layers.0.o': [2, 11],
    'model.layers.0.ffn': [3],
  };
  const masksOf = async (file: string): Promise<Record<string, Mask>> => {
    const out = path.join(folder, 'expanded.npz');
    await exportRegion(file, 'npz', out);
    return readNpz(out);
  };
  /** [row, column] of what is set. */
  const cells = ({ shape, flags }: Mask): number[][] =>
    flags.flatMap((flag, i) => (flag === 1 ? [[Math.floor(i / shape[1]!), i % shape[1]!]] : []));
  const row = (r: number): number[][] => Array.from({ length: 12 }, (_, c) => [r, c]);
  const parameter = (module: string, layer = 0): string =>
    `model.layers.${layer}.${/gate|up|down/.test(module) ? 'mlp' : 'self_attn'}.${module}.weight`;

  it('neurons are rows of q, k, v, gate and up and columns of o and down (T25)', async () => {
    const file = path.join(folder, 'neurons.safetensors');
    await writeNeurons(file, counts, indices, regionMetadata(spec));
    const masks = await masksOf(file);
    const found = (module: string): number[][] => cells(masks[parameter(module)]!);
    expect(found('q_proj')).toEqual(row(1));
    expect(found('k_proj')).toEqual(row(5));
    expect(found('v_proj')).toEqual(row(0));
    expect(found('o_proj')).toEqual(
      Array.from({ length: 12 }, (_, r) => [
        [r, 2],
        [r, 11],
      ]).flat(),
    );
    expect(found('gate_proj')).toEqual(row(3));
    expect(found('up_proj')).toEqual(row(3));
    expect(found('down_proj')).toEqual(Array.from({ length: 12 }, (_, r) => [r, 3]));
    expect(masks[parameter('up_proj')]?.shape).toEqual([5, 12]);
    expect(
      Object.values(masks)
        .flatMap(({ flags }) => flags)
        .reduce((sum, flag) => sum + flag, 0),
    ).toBe(3 * 12 + 2 * 12 + 3 * 12);
  });

  it('neurons of fused matrices are rows of their parts', async () => {
    const file = path.join(folder, 'fused.safetensors');
    await writeNeurons(file, counts, indices, regionMetadata(fused));
    const masks = await masksOf(file);
    expect(cells(masks['model.layers.0.self_attn.qkv_proj.weight']!)).toEqual(
      [row(1), row(16 + 5), row(24)].flat(),
    );
    expect(cells(masks['model.layers.0.mlp.gate_up_proj.weight']!)).toEqual([row(3), row(5 + 3)].flat());
  });

  it('a type that was not searched has no weights, fused or not; one that a layer lacks is damage', async () => {
    const without = (...types: string[]): Record<string, number> =>
      Object.fromEntries(
        Object.entries(counts).filter(([name]) => !types.some((type) => name.endsWith(type))),
      );
    const only = { 'model.layers.0.q': [1] };
    const file = path.join(folder, 'some.safetensors');
    await writeNeurons(file, without('.o', '.k', '.ffn'), only, regionMetadata(spec));
    const masks = await masksOf(file);
    expect(Object.keys(masks)).toHaveLength(7 * LAYERS);
    expect(Object.values(masks).flatMap((mask) => cells(mask))).toEqual(row(1));
    const value = { 'model.layers.0.v': [0] };
    await writeNeurons(file, without('.o', '.k', '.ffn'), value, regionMetadata(fused));
    expect(cells((await masksOf(file))['model.layers.0.self_attn.qkv_proj.weight']!)).toEqual(row(24));
    await writeNeurons(file, without('1.o'), only, regionMetadata(spec));
    await expect(masksOf(file)).rejects.toMatchObject({
      code: 'region-damaged',
      message: expect.stringContaining('layer 1 has no neurons of type o') as string,
    });
  });

  it('a layer is its seven projections, an empty interval nothing', async () => {
    const [one, none] = [path.join(folder, 'layers.safetensors'), path.join(folder, 'none.safetensors')];
    await writeLayers(one, LAYERS, [1, 1], regionMetadata(spec));
    await writeLayers(none, LAYERS, [], regionMetadata(spec));
    for (const [name, { flags }] of Object.entries(await masksOf(one))) {
      expect(new Set(flags)).toEqual(new Set([name.startsWith('model.layers.1.') ? 1 : 0]));
    }
    const empty = Object.values(await masksOf(none));
    expect(empty).toHaveLength(7 * LAYERS);
    expect(empty.every(({ flags }) => !flags.includes(1))).toBe(true);
  });

  it('an adapter keeps the names of its own matrices', async () => {
    const name = 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight';
    const file = path.join(folder, 'lora.safetensors');
    await writeBits(file, 'lora', { [name]: { shape: [3, 2], units: [5] } });
    expect(await masksOf(file)).toEqual({ [name]: { shape: [3, 2], flags: [0, 0, 0, 0, 0, 1] } });
  });

  it('is refused where the file does not say, or says otherwise, what it belongs to', async () => {
    const file = path.join(folder, 'unknown.safetensors');
    await writeLayers(file, LAYERS, [0, 1]);
    await expect(masksOf(file)).rejects.toMatchObject({ code: 'region-not-expandable' });
    await writeNeurons(file, { ...counts, 'model.layers.0.k': 12 }, {}, regionMetadata(spec));
    await expect(masksOf(file)).rejects.toMatchObject({
      code: 'region-damaged',
      message: expect.stringContaining('8 rows for 12 neurons of type k') as string,
    });
  });
});

it('a region of a run is compared with its checksum first, and an unknown one is refused', async () => {
  const other = await finishedRun(await temporaryFolder());
  const out = path.join(other.path, '..', 'masks.json');
  await expect(exportRunRegion(other, 'snip/D9', 'json', out)).rejects.toMatchObject({
    code: 'region-not-found',
  });
  const file = other.file('regions', 'snip', 'D0.safetensors');
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
  await expect(exportRunRegion(other, 'snip/D0', 'json', out)).rejects.toMatchObject({ code: 'run-damaged' });
});

it.each(['safetensors', 'npz', 'json'] as const)('a cancelled export leaves no file: %s', async (format) => {
  const empty = await temporaryFolder();
  const cancelled = exportRegion(region('D0'), format, path.join(empty, 'masks'), AbortSignal.abort());
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  expect(await readdir(empty)).toEqual([]);
});
