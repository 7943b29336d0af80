import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../src/core/similarity/centroids';
import { openEncoder } from '../../src/engine/embed/openEncoder';
import { poolStates } from '../../src/engine/embed/poolStates';

/** Written by test/oracles/tiny_encoder.py. */
const GOLDEN = path.join(import.meta.dirname, 'data', 'encoder');
const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'sentence_bert_config.json'];
const never = (): AbortSignal => new AbortController().signal;
let expected: { text: string; embedding: number[] }[];
let scratch: string;

beforeAll(async () => {
  expected = JSON.parse(await readFile(path.join(GOLDEN, 'expected.json'), 'utf8')) as typeof expected;
  scratch = await mkdtemp(path.join(os.tmpdir(), 'sre-encoder-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A directory of its own with these files of the golden one. */
async function directory(name: string, files: Record<string, string>): Promise<string> {
  const folder = path.join(scratch, name);
  await mkdir(folder, { recursive: true });
  for (const file of FILES) await copyFile(path.join(GOLDEN, file), path.join(folder, file));
  for (const [from, to] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, to)), { recursive: true });
    await copyFile(path.join(GOLDEN, from), path.join(folder, to));
  }
  return folder;
}

async function embed(folder: string, texts: readonly string[]) {
  const encoder = await openEncoder(folder, 1);
  try {
    return { ...(await encoder.embed(texts, { signal: never() })), source: encoder.source };
  } finally {
    await encoder.close();
  }
}

describe('a BERT encoder', () => {
  it.each([
    ['safetensors', { 'model.safetensors': 'model.safetensors' }],
    ['onnx', { 'encoder.onnx': 'model.onnx' }],
    ['onnx', { 'encoder.onnx': 'onnx/model.onnx' }],
  ])('in %s gives what transformers gives', async (format, files) => {
    const folder = await directory(Object.values(files).join(), files);
    const { embeddings, cut, source } = await embed(
      folder,
      expected.map(({ text }) => text),
    );
    expect(source).toMatchObject({ kind: 'encoder', format, pooling: 'mean', maxTokens: 24 });
    expect(Object.keys(source.files)).toContain(Object.values(files)[0]);
    expect(cut).toEqual(expected.map(({ text }) => text.length > 100));
    embeddings.forEach((embedding, i) => {
      embedding.forEach((value, k) => expect(value).toBeCloseTo(expected[i]?.embedding[k] ?? NaN, 5));
    });
  });

  it('gives a text the same embedding whatever it stands beside', async () => {
    const folder = await directory('alone', { 'model.safetensors': 'model.safetensors' });
    const texts = [...expected, ...expected, ...expected].map(({ text }) => text);
    const { embeddings: together } = await embed(folder, texts);
    const alone = await embed(folder, [texts[3] ?? '']);
    expect(cosine(together[3] ?? [], alone.embeddings[0] ?? [])).toBeCloseTo(1, 10);
    expect(together[3]).toEqual(together[3 + expected.length]);
  });

  it('takes the first token where the directory says so', async () => {
    const folder = await directory('cls', { 'model.safetensors': 'model.safetensors' });
    await mkdir(path.join(folder, '1_Pooling'));
    await writeFile(path.join(folder, '1_Pooling', 'config.json'), '{"pooling_mode_cls_token": true}');
    const { source, embeddings } = await embed(folder, [expected[0]?.text ?? '']);
    expect(source.pooling).toBe('cls');
    expect(cosine(embeddings[0] ?? [], expected[0]?.embedding ?? [])).toBeLessThan(0.999);
  });

  it('stops when cancelled', async () => {
    const folder = await directory('cancelled', { 'model.safetensors': 'model.safetensors' });
    const encoder = await openEncoder(folder, 1);
    await expect(encoder.embed(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    await encoder.close();
  });
});

describe('encoders that are refused', () => {
  const edit = async (folder: string, change: Record<string, unknown>): Promise<string> => {
    const file = path.join(folder, 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, ...change }));
    return folder;
  };
  const weights = { 'model.safetensors': 'model.safetensors' };

  it.each([
    ['another model', { model_type: 'mpnet' }, 'config-unsupported'],
    ['relative positions', { position_embedding_type: 'relative_key' }, 'config-unsupported'],
    ['an unknown activation', { hidden_act: 'silu' }, 'config-unsupported'],
    ['another shape', { intermediate_size: 41 }, 'tensor-shape'],
    ['more layers', { num_hidden_layers: 4 }, 'tensor-missing'],
  ])('%s', async (name, change, code) => {
    const folder = await edit(await directory(name, weights), change);
    await expect(openEncoder(folder, 1)).rejects.toMatchObject({ code });
  });

  it('directories without a model, or with modules that are not computed', async () => {
    await expect(openEncoder(path.join(scratch, 'nowhere'), 1)).rejects.toMatchObject({
      code: 'encoder-missing',
    });
    await expect(openEncoder(await directory('empty', {}), 1)).rejects.toMatchObject({
      code: 'encoder-missing',
    });
    const dense = await directory('dense', weights);
    await writeFile(path.join(dense, 'modules.json'), '[{"type": "sentence_transformers.models.Dense"}]');
    await expect(openEncoder(dense, 1)).rejects.toMatchObject({ code: 'encoder-unsupported' });
    const max = await directory('max', weights);
    await mkdir(path.join(max, '1_Pooling'));
    await writeFile(path.join(max, '1_Pooling', 'config.json'), '{"pooling_mode_max_tokens": true}');
    await expect(openEncoder(max, 1)).rejects.toMatchObject({ code: 'encoder-unsupported' });
    const broken = await directory('broken', { 'expected.json': 'model.onnx' });
    await expect(openEncoder(broken, 1)).rejects.toMatchObject({ code: 'encoder-invalid' });
  });

  it('embeddings that are no numbers', () => {
    expect(() => poolStates(Float32Array.of(1, NaN), 2, 'mean')).toThrow(
      expect.objectContaining({ code: 'encoder-output' }) as Error,
    );
    expect(poolStates(Float32Array.of(0, 0), 2, 'mean')).toEqual(Float32Array.of(0, 0));
    expect(poolStates(Float32Array.of(3, 0, 0, 4), 2, 'mean')).toEqual(Float32Array.of(0.6, 0.8));
  });
});
