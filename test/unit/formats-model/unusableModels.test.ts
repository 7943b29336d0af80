import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codeOf, messageOf, temporaryFolder } from './temporaryFolder';
import {
  LLAMA_CONFIG,
  llamaShapes,
  open,
  without,
  writeConfig,
  writeIndex,
  writeShardedModel,
  writeTinyModel,
} from './tinyModel';

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
