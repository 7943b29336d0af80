import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openModel, type ModelSource } from '../../../src/engine/formats/modelDirectory';
import { codeOf, messageOf, temporaryFolder } from './temporaryFolder';
import {
  LLAMA_CONFIG,
  llamaShapes,
  writeConfig,
  writeIndex,
  writeShard,
  writeShardedModel,
  writeTinyModel,
} from './tinyModel';

async function open(reference: string, baseDir = '/', embeddedRoot = '/'): Promise<ModelSource> {
  const model = await openModel(reference, baseDir, { embeddedRoot });
  onTestFinished(() => model.close());
  return model;
}

/** Two chunks and a part of one, so that one is read while another is converted. */
const LONG = 2 * (1 << 19) + 5;

function without<T>(record: Record<string, T>, left: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== left));
}

describe('openModel', () => {
  it.each(['F32', 'F16', 'BF16'] as const)(
    'reads %s as float32, whole, in parts and by rows',
    async (dtype) => {
      const folder = await temporaryFolder();
      const values = await writeTinyModel(folder, { dtype });
      const model = await open(folder);
      expect(model.parameterCount).toBe([...values.values()].reduce((sum, data) => sum + data.length, 0));
      for (const [name, data] of values) {
        const into = new Float32Array(data.length);
        await model.readFloat32(name, into);
        expect([...into]).toEqual(data);
      }
      const name = 'model.embed_tokens.weight';
      const data = values.get(name)!;
      const window = new Float32Array(9).fill(-1);
      await model.readFloat32(name, window.subarray(1, 8), 5);
      expect([...window]).toEqual([-1, ...data.slice(5, 12), -1]);

      const rows = [3, 0, 9, 3, 3];
      const gathered = new Float32Array(rows.length * 8);
      await model.readRows(name, rows, gathered);
      expect([...gathered]).toEqual(rows.flatMap((row) => data.slice(row * 8, row * 8 + 8)));

      expect(model.tensorInfo(name)).toMatchObject({
        dtype,
        shape: [10, 8],
        file: join(folder, 'model.safetensors'),
      });
      await expect(model.readRows(name, [10], new Float32Array(8))).rejects.toThrow(RangeError);
      await expect(model.readRows(name, [1], new Float32Array(7))).rejects.toThrow(RangeError);
      await expect(model.readFloat32(name, new Float32Array(8), 73)).rejects.toThrow(RangeError);
    },
  );

  it.each(['F16', 'BF16', 'F32'] as const)('reads %s past one chunk', async (dtype) => {
    const folder = await temporaryFolder();
    const values = await writeTinyModel(folder, { dtype, shapes: { ...llamaShapes(), long: [LONG] } });
    const model = await open(folder);
    const into = new Float32Array(LONG - 3);
    await model.readFloat32('long', into, 3);
    const expected = values.get('long')!;
    expect(into.findIndex((value, i) => value !== expected[i + 3])).toBe(-1);
  });

  it('relative paths are relative to the base, embedded: to its root', async () => {
    const folder = await temporaryFolder();
    await writeTinyModel(join(folder, 'models', 'tiny'));
    expect((await open('models/tiny', folder)).directory).toBe(join(folder, 'models', 'tiny'));
    expect((await open('../models/tiny', join(folder, 'x'))).directory).toBe(join(folder, 'models', 'tiny'));
    const embedded = await open('embedded:tiny', '/', join(folder, 'models'));
    expect(embedded.directory).toBe(join(folder, 'models', 'tiny'));
    expect(embedded.reference).toBe('embedded:tiny');
    await expect(open('embedded:none', '/', join(folder, 'models'))).rejects.toMatchObject({
      code: 'model-not-found',
      mend: 'Embedded are: tiny.',
    });
    for (const name of ['', '..', '../models/tiny', 'a/b', '.tiny']) {
      expect(await codeOf(() => open(`embedded:${name}`, '/', join(folder, 'models')))).toBe(
        'bad-model-reference',
      );
    }
    expect(await codeOf(() => open('embedded:none', '/', folder))).toBe('model-not-found');
  });

  it('lists and hashes the files that identify the model', async () => {
    const folder = await temporaryFolder();
    await writeTinyModel(folder);
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await writeFile(join(folder, 'README.md'), 'no part of it');
    const model = await open(folder);
    expect(model.files.map(({ name }) => name)).toEqual([
      'config.json',
      'tokenizer.json',
      'model.safetensors',
    ]);
    const progress: [number, number][] = [];
    const digests = await model.sha256(undefined, (done, total) => progress.push([done, total]));
    for (const { name, path } of model.files) {
      expect(digests[name]).toBe(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    }
    const [done, total] = progress.at(-1)!;
    expect(done).toBe(total);
    expect(total).toBe(model.files.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(await codeOf(() => model.sha256(AbortSignal.abort()))).toBe('cancelled');
  });

  it('a tied head that is stored with other values is refused: which one counts is not plain', async () => {
    const folder = await temporaryFolder();
    const config = { ...LLAMA_CONFIG, tie_word_embeddings: true };
    const {
      'model.embed_tokens.weight': embedding = [],
      'lm_head.weight': head = [],
      ...rest
    } = llamaShapes();
    // Values go by the place in the file.
    const shapes = { 'model.embed_tokens.weight': embedding, 'lm_head.weight': head, ...rest };
    await writeTinyModel(folder, { config, shapes });
    expect(await codeOf(() => open(folder))).toBe('head-not-tied');
    await writeTinyModel(folder, { shapes });
    expect((await open(folder)).spec.head).toBe('lm_head.weight');
    await writeTinyModel(folder, { config, shapes: { ...shapes, 'lm_head.weight': [5, 8] } });
    expect(await codeOf(() => open(folder))).toBe('head-not-tied');
  });

  it('a tied head is the embedding, whether the file has an lm_head or not', async () => {
    const folder = await temporaryFolder();
    const tied = without(llamaShapes(), 'lm_head.weight');
    const config = { ...LLAMA_CONFIG, tie_word_embeddings: true };
    await writeTinyModel(join(folder, 'without'), { config, shapes: tied });
    await writeTinyModel(join(folder, 'with'), { config });
    const counts = [];
    for (const name of ['without', 'with']) {
      const model = await open(name, folder);
      expect(model.spec.head).toBe(model.spec.embedding);
      counts.push(model.parameterCount);
    }
    expect(counts[0]).toBe(counts[1]);
    await writeTinyModel(join(folder, 'untied'), { shapes: tied });
    expect(await messageOf(() => open('untied', folder))).toContain('lm_head.weight');
  });
});

describe('a model that cannot be used', () => {
  const cases: Record<string, { code: string; names: string; make: (folder: string) => Promise<unknown> }> = {
    'no config': { code: 'config-missing', names: 'config.json', make: () => Promise.resolve() },
    'config that is no JSON': {
      code: 'config-invalid',
      names: 'config.json',
      make: (folder) => writeConfig(folder, '{"model_type": NaN}'),
    },
    'config with a key twice': {
      code: 'config-invalid',
      names: 'model_type',
      make: (folder) => writeConfig(folder, '{"model_type": "llama", "model_type": "qwen2"}'),
    },
    'config that is a list': {
      code: 'config-invalid',
      names: 'config.json',
      make: async (folder) => {
        await writeTinyModel(folder, { config: [] });
      },
    },
    'unknown model_type': {
      code: 'unknown-model-type',
      names: 'gpt2',
      make: (folder) => writeTinyModel(folder, { config: { ...LLAMA_CONFIG, model_type: 'gpt2' } }),
    },
    'no weights': {
      code: 'weights-missing',
      names: 'model.safetensors',
      make: (folder) => writeConfig(folder, LLAMA_CONFIG),
    },
    'truncated weights': {
      code: 'safetensors-truncated',
      names: 'model.safetensors',
      make: async (folder) => {
        await writeTinyModel(folder);
        await truncate(join(folder, 'model.safetensors'), 4000);
      },
    },
    'missing tensor': {
      code: 'tensor-missing',
      names: 'model.layers.1.mlp.up_proj.weight',
      make: (folder) => {
        return writeTinyModel(folder, {
          shapes: without(llamaShapes(), 'model.layers.1.mlp.up_proj.weight'),
        });
      },
    },
    'names without their prefix': {
      code: 'tensor-missing',
      names: 'model.embed_tokens.weight',
      make: (folder) =>
        writeTinyModel(folder, {
          shapes: Object.fromEntries(
            Object.entries(llamaShapes()).map(([name, shape]) => [name.replace('model.', ''), shape]),
          ),
        }),
    },
    'a layer too few': {
      code: 'tensor-missing',
      names: 'model.layers.2.',
      make: (folder) => writeTinyModel(folder, { config: { ...LLAMA_CONFIG, num_hidden_layers: 3 } }),
    },
    'wrong shape': {
      code: 'tensor-shape',
      names: 'model.layers.0.self_attn.k_proj.weight has the shape [4, 8], config.json asks for [8, 8]',
      make: (folder) => writeTinyModel(folder, { config: { ...LLAMA_CONFIG, num_key_value_heads: 4 } }),
    },
    'transposed matrix': {
      code: 'tensor-shape',
      names: 'model.layers.0.mlp.down_proj.weight',
      make: (folder) =>
        writeTinyModel(folder, {
          shapes: { ...llamaShapes(), 'model.layers.0.mlp.down_proj.weight': [6, 8] },
        }),
    },
    'dtype that is not read': {
      code: 'tensor-dtype',
      names: 'model.embed_tokens.weight is F64',
      make: (folder) => writeTinyModel(folder, { dtype: 'F64' }),
    },
    'missing shard': {
      code: 'shard-missing',
      names: 'model-00002-of-00002.safetensors',
      make: async (folder) => {
        await writeShardedModel(folder);
        await rm(join(folder, 'model-00002-of-00002.safetensors'));
      },
    },
    'truncated shard': {
      code: 'safetensors-header-truncated',
      names: 'model-00002-of-00002.safetensors',
      make: async (folder) => {
        await writeShardedModel(folder);
        await truncate(join(folder, 'model-00002-of-00002.safetensors'), 100);
      },
    },
    'tensor that is not in its shard': {
      code: 'tensor-missing',
      names: 'model-00001-of-00002.safetensors: the parameter "lm_head.weight"',
      make: async (folder) => {
        const map = await writeShardedModel(folder);
        await writeIndex(folder, { ...map, 'lm_head.weight': 'model-00001-of-00002.safetensors' });
      },
    },
    'tensor that the index lacks': {
      code: 'tensor-missing',
      names: 'model.norm.weight',
      make: async (folder) => {
        await writeIndex(folder, without(await writeShardedModel(folder), 'model.norm.weight'));
      },
    },
    'index without a map': {
      code: 'index-invalid',
      names: 'weight_map',
      make: async (folder) => {
        await writeConfig(folder, LLAMA_CONFIG);
        await writeIndex(folder, ['a']);
      },
    },
    'index that names nothing': {
      code: 'index-invalid',
      names: '0 shards',
      make: async (folder) => {
        await writeConfig(folder, LLAMA_CONFIG);
        await writeIndex(folder, {});
      },
    },
  };

  it.each(Object.entries(cases))('%s', async (_, { code, names, make }) => {
    const folder = await temporaryFolder();
    await make(folder);
    expect(await codeOf(() => open(folder))).toBe(code);
    expect(await messageOf(() => open(folder))).toContain(names);
  });

  it('no such directory, or a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    expect(await codeOf(() => open('none', folder))).toBe('model-not-found');
    expect(await codeOf(() => open('file', folder))).toBe('model-not-found');
    expect(await codeOf(() => open('', folder))).toBe('model-not-found');
  });

  it.each([
    '../x.safetensors',
    '/x.safetensors',
    'a/x.safetensors',
    'a\\x.safetensors',
    '..',
    'x.bin',
    '',
    5,
  ])('a shard named %j', async (shard) => {
    const folder = await temporaryFolder();
    await writeConfig(folder, LLAMA_CONFIG);
    await writeIndex(folder, { a: shard });
    await writeFile(join(folder, '..', 'x.safetensors'), '');
    onTestFinished(() => rm(join(folder, '..', 'x.safetensors'), { force: true }));
    expect(await codeOf(() => open(folder))).toBe('shard-name');
  });
});

describe('shards', () => {
  it('are read through the index', async () => {
    const folder = await temporaryFolder();
    const map = await writeShardedModel(folder);
    const model = await open(folder);
    expect(model.files.map(({ name }) => name)).toEqual([
      'config.json',
      'model.safetensors.index.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    for (const [name, file] of Object.entries(map))
      expect(model.tensorInfo(name).file).toBe(join(folder, file));
    const single = await temporaryFolder();
    for (const file of new Set(Object.values(map))) {
      const part = Object.fromEntries(Object.entries(llamaShapes()).filter(([name]) => map[name] === file));
      for (const [name, data] of await writeShard(join(single, file), part)) {
        const into = new Float32Array(data.length);
        await model.readFloat32(name, into);
        expect([...into]).toEqual(data);
      }
    }
  });
});

describe.skipIf(process.platform === 'win32')('hub cache and links', () => {
  const COMMIT = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';

  /** models--org--name as the hub's client lays it out: refs, blobs, snapshots of relative links. */
  async function makeCache(): Promise<{ cache: string; repository: string; snapshot: string }> {
    const cache = join(await temporaryFolder(), 'hub');
    const repository = join(cache, 'models--org--tiny-1.5');
    const snapshot = join(repository, 'snapshots', COMMIT);
    for (const folder of ['refs/pr', 'blobs']) await mkdir(join(repository, folder), { recursive: true });
    await mkdir(snapshot, { recursive: true });
    await writeTinyModel(join(cache, 'made'));
    for (const name of ['config.json', 'model.safetensors']) {
      await writeFile(join(repository, 'blobs', `blob-${name}`), await readFile(join(cache, 'made', name)));
      await symlink(relative(snapshot, join(repository, 'blobs', `blob-${name}`)), join(snapshot, name));
    }
    await writeFile(join(repository, 'refs', 'main'), COMMIT);
    await writeFile(join(repository, 'refs', 'pr', '1'), `${COMMIT}\n`);
    vi.stubEnv('HF_HUB_CACHE', cache);
    onTestFinished(() => void vi.unstubAllEnvs());
    return { cache, repository, snapshot };
  }

  it('finds main, another ref and a commit', async () => {
    const { snapshot } = await makeCache();
    for (const revision of ['', '@main', '@pr/1', `@${COMMIT}`]) {
      const model = await open(`hub:org/tiny-1.5${revision}`);
      expect(model.directory).toBe(snapshot);
      const into = new Float32Array(8);
      await model.readFloat32('model.norm.weight', into);
      expect(into[1]! - into[0]!).toBe(0.25);
    }
  });

  it('a snapshot named by its path follows the same links', async () => {
    const { snapshot } = await makeCache();
    vi.stubEnv('HF_HUB_CACHE', join(snapshot, 'elsewhere'));
    expect((await open(snapshot)).directory).toBe(snapshot);
  });

  it('a directory may link into the cache, and nowhere else', async () => {
    const { snapshot } = await makeCache();
    const folder = await temporaryFolder();
    for (const name of ['config.json', 'model.safetensors'])
      await symlink(join(snapshot, name), join(folder, name));
    expect((await open(folder)).parameterCount).toBeGreaterThan(0);
    vi.stubEnv('HF_HUB_CACHE', join(folder, 'none'));
    expect(await codeOf(() => open(folder))).toBe('model-file-outside');
  });

  it('a blob outside the repository is refused', async () => {
    const { cache, snapshot } = await makeCache();
    await rm(join(snapshot, 'config.json'));
    await symlink(join(cache, 'made', 'config.json'), join(snapshot, 'config.json'));
    expect(await codeOf(() => open('hub:org/tiny-1.5'))).toBe('model-file-outside');
  });

  it('a ref that is a path is not followed', async () => {
    const { cache, repository } = await makeCache();
    await writeFile(join(repository, 'refs', 'main'), '../../../made');
    expect(await codeOf(() => open('hub:org/tiny-1.5'))).toBe('model-not-found');
    expect(await codeOf(() => open('hub:org/other'))).toBe('model-not-found');
    expect(await messageOf(() => open('hub:org/other'))).toContain(cache);
  });

  it.each([
    '',
    'a/b/c',
    '../x',
    'org/..',
    'org/a--b',
    'org/a..b',
    '/x',
    'org/',
    'org/x@',
    'org/x@../main',
    'org/x@a@b',
  ])('hub:%s is no name', async (name) => {
    await makeCache();
    expect(await codeOf(() => open(`hub:${name}`))).toBe('bad-model-reference');
  });
});
