import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unusedWarnings } from '../../../src/engine/formats/unusedTensors';
import { codeOf, messageOf, temporaryFolder } from './temporaryFolder';
import {
  LLAMA_CONFIG,
  llamaShapes,
  open,
  without,
  writeShard,
  writeShardedModel,
  writeTinyModel,
} from './tinyModel';

/** Two chunks and a part of one, so that one is read while another is converted. */
const LONG = 2 * (1 << 19) + 5;

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

  it('says which stored tensors have no place in the model', async () => {
    const folder = await temporaryFolder();
    const layers = [0, 1].map((layer) => `model.layers.${layer}.self_attn`);
    const extra = {
      'vision.patches.weight': [2],
      ...Object.fromEntries(layers.map((name) => [`${name}.q_proj.bias`, [8]])),
    };
    // A constant that early Llamas stored, which transformers passes over too.
    const constants = Object.fromEntries(layers.map((name) => [`${name}.rotary_emb.inv_freq`, [1]]));
    await writeTinyModel(folder, { shapes: { ...llamaShapes(), ...extra, ...constants } });
    const { unusedTensors, spec } = await open(folder);
    expect([...unusedTensors].sort()).toEqual(Object.keys(extra).sort());
    expect(unusedWarnings(Object.keys(extra), spec)).toEqual([
      '3 stored tensors have no place in the llama that config.json describes, and no use here: ' +
        '"vision.patches.weight" (1), "model.layers.*.self_attn.q_proj.bias" (2).',
    ]);
    expect(unusedWarnings([], spec)).toEqual([]);
    const others = Array.from({ length: 7 }, (_, i) => `t${i}`);
    expect(unusedWarnings(others, spec)[0]).toMatch(/"t4" \(1\), 2 more kinds\.$/);
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
      expect(model.unusedTensors).toEqual([]);
      counts.push(model.parameterCount);
    }
    expect(counts[0]).toBe(counts[1]);
    await writeTinyModel(join(folder, 'untied'), { shapes: tied });
    expect(await messageOf(() => open('untied', folder))).toContain('lm_head.weight');
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
