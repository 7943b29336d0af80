import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { openAdapter } from '../../../src/engine/formats/peft/peftAdapter';
import { codeOf, messageOf, temporaryFolder } from '../formats-model/temporaryFolder';
import { without, writeShard } from '../formats-model/tinyModel';
import { CONFIG, adapterShapes, spec, writeAdapter } from './tinyAdapter';

const open = (directory: string, embeddedRoot = directory) =>
  openAdapter(directory, '/', { embeddedRoot, spec });

describe('a PEFT adapter', () => {
  it('adapts what its config names, in the order of the forward pass', async () => {
    const folder = await temporaryFolder();
    const values = await writeAdapter(folder);
    const adapter = await open(folder);
    expect(adapter.modules.map(({ param, group, rank, scale, rows, inFeatures }) => [param, group, rank, scale, rows, inFeatures])).toEqual([
      ['model.layers.0.self_attn.q_proj.weight', 'qkv', 2, 2, 8, 8],
      ['model.layers.0.mlp.down_proj.weight', 'down', 2, 2, 8, 6],
      ['model.layers.1.self_attn.q_proj.weight', 'qkv', 2, 2, 8, 8],
      ['model.layers.1.mlp.down_proj.weight', 'down', 2, 2, 8, 6],
    ]); // prettier-ignore
    const weights = await adapter.openWeights();
    const [, down] = adapter.modules;
    const { a, b } = await weights.read(down!);
    await weights.close();
    expect(down!.aName).toBe('base_model.model.model.layers.0.mlp.down_proj.lora_A.weight');
    expect([...a]).toEqual(values.get(down!.aName));
    expect([...b]).toEqual(values.get(down!.bName));
    const hashes = await adapter.sha256();
    expect(Object.keys(hashes)).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  });

  it('may have the name of the adapter in the names of its tensors, and bfloat16', async () => {
    const folder = await temporaryFolder();
    const values = await writeAdapter(folder, CONFIG, adapterShapes(2, '.default'), 'BF16');
    const adapter = await open(folder);
    const weights = await adapter.openWeights();
    const { a } = await weights.read(adapter.modules[0]!);
    await weights.close();
    expect(adapter.modules[0]!.aName).not.toContain('default');
    expect([...a]).toEqual(
      values.get('base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight'),
    );
  });

  it('is found among the embedded ones, which an error names', async () => {
    const root = await temporaryFolder();
    await writeAdapter(join(root, 'mine'));
    await mkdir(join(root, 'a-model'));
    const { modules } = await openAdapter('embedded:mine', '/', { embeddedRoot: root, spec });
    expect(modules).toHaveLength(4);
    const missing = () => openAdapter('embedded:other', '/', { embeddedRoot: root, spec });
    expect(await codeOf(missing)).toBe('adapter-not-found');
    await expect(missing()).rejects.toMatchObject({
      mend: expect.stringContaining('embedded are: mine.') as string,
    });
    expect(await codeOf(() => openAdapter('embedded:../mine', '/', { embeddedRoot: root, spec }))).toBe(
      'bad-adapter-reference',
    );
  });

  it('must have both files, inside its directory', async () => {
    const folder = await temporaryFolder();
    expect(await codeOf(() => open(folder))).toBe('adapter-not-found');
    await writeAdapter(folder);
    const file = join(folder, 'adapter_model.safetensors');
    await rm(file);
    expect(await messageOf(() => open(folder))).toContain(file);
    expect(await codeOf(() => open(folder))).toBe('adapter-file-missing');
    const elsewhere = join(await temporaryFolder(), 'x.safetensors');
    await writeShard(elsewhere, adapterShapes());
    await symlink(elsewhere, file);
    expect(await codeOf(() => open(folder))).toBe('adapter-file-outside');
  });

  it.skipIf(process.platform === 'win32')('is found in the hub cache, by name or by path', async () => {
    const cache = await temporaryFolder();
    const repository = join(cache, 'models--org--lora');
    const snapshot = join(repository, 'snapshots', 'c0ffee');
    await mkdir(join(repository, 'refs'), { recursive: true });
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(repository, 'refs', 'main'), 'c0ffee');
    await writeAdapter(join(repository, 'blobs'));
    for (const name of ['adapter_config.json', 'adapter_model.safetensors'])
      await symlink(join(repository, 'blobs', name), join(snapshot, name));
    vi.stubEnv('HF_HUB_CACHE', cache);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await open('hub:org/lora')).directory).toBe(snapshot);
    // A snapshot may link into its repository, in whosever cache that is.
    vi.stubEnv('HF_HUB_CACHE', join(cache, 'elsewhere'));
    expect((await open(snapshot)).modules).toHaveLength(4);
    expect(await codeOf(() => open('hub:org/lora'))).toBe('model-not-found');
  });

  it('is refused where its config is no JSON object', async () => {
    const folder = await temporaryFolder();
    for (const text of ['{', '[]', 'null', '{"r": 1, "r": 2}']) {
      await writeAdapter(folder, text);
      expect(await codeOf(() => open(folder))).toBe('adapter-invalid');
      expect(await messageOf(() => open(folder))).toContain(join(folder, 'adapter_config.json'));
    }
  });

  it('is refused where it holds infinities', async () => {
    const folder = await temporaryFolder();
    await writeAdapter(folder, CONFIG, adapterShapes());
    const adapter = await open(folder);
    const weights = await adapter.openWeights();
    // The last eight bytes of the file: two elements of the last B.
    const { open: openFile } = await import('node:fs/promises');
    const handle = await openFile(join(folder, 'adapter_model.safetensors'), 'r+');
    const { size } = await handle.stat();
    await handle.write(new Uint8Array(Float32Array.of(1, Infinity).buffer), 0, 8, size - 8);
    await handle.close();
    expect(await codeOf(() => weights.read(adapter.modules[3]!))).toBe('adapter-not-finite');
    expect(await messageOf(() => weights.read(adapter.modules[3]!))).toContain(
      'layers.1.mlp.down_proj.lora_B',
    );
    await weights.close();
  });

  it.each([
    ['another rank', () => adapterShapes(3), 'adapter-shape', /q_proj\.lora_A\.weight.*\[3, 8\].*\[2, 8\]/],
    ['another width', () => ({ ...adapterShapes(), [`${Q}lora_B.weight`]: [4, 2] }), 'adapter-shape', /q_proj\.lora_B/],
    ['three axes', () => ({ ...adapterShapes(), [`${Q}lora_A.weight`]: [2, 8, 1] }), 'adapter-shape', /\[2, 8, 1\]/],
    ['a matrix missing', () => missing(`${Q}lora_B.weight`), 'adapter-tensor-missing', /q_proj\.lora_B.*adapter_config/],
    ['a matrix too many', () => ({ ...adapterShapes(), 'base_model.model.model.layers.0.mlp.up_proj.lora_A.weight': [2, 8] }), 'adapter-tensor-unknown', /up_proj\.lora_A/],
    ['a matrix twice', () => ({ ...adapterShapes(), [`${Q}lora_A.default.weight`]: [2, 8] }), 'adapter-tensor-unknown', /twice/],
    ['DoRA magnitudes', () => ({ ...adapterShapes(), [`${Q}lora_magnitude_vector`]: [8] }), 'adapter-tensor-unknown', /magnitude/],
    ['a layer that is not there', () => ({ ...adapterShapes(), 'base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight': [2, 8] }), 'adapter-tensor-unknown', /layers\.2/],
  ])('is refused with %s', async (_, shapes, code, message) => {
    const folder = await temporaryFolder();
    await writeAdapter(folder, CONFIG, shapes());
    expect(await codeOf(() => open(folder))).toBe(code);
    expect(await messageOf(() => open(folder))).toMatch(message);
    expect(await messageOf(() => open(folder))).toContain(join(folder, 'adapter_model.safetensors'));
  }); // prettier-ignore

  it('is refused in a type that is no float of 16 or 32 bits, and where it is no safetensors file', async () => {
    const folder = await temporaryFolder();
    await writeAdapter(folder, CONFIG, adapterShapes(), 'F64');
    expect(await codeOf(() => open(folder))).toBe('adapter-dtype');
    await writeFile(join(folder, 'adapter_model.safetensors'), 'short');
    expect(await codeOf(() => open(folder))).toBe('safetensors-too-short');
  });
});

const Q = 'base_model.model.model.layers.0.self_attn.q_proj.';

const missing = (name: string): Record<string, number[]> => without(adapterShapes(), name);
