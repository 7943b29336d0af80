import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readModelFiles } from '../../../src/store/models/modelFiles';
import { ModelWeights } from '../../../src/engine/formats/modelWeights';
import { temporaryFolder } from './temporaryFolder';

/** A vocabulary of 256k words; the file system keeps only what is written of the file. */
const [WORDS, WIDTH] = [262_144, 5376];
const BYTES = WORDS * WIDTH * 2;

async function sparse(path: string, names: readonly string[]): Promise<void> {
  const header = Object.fromEntries(
    names.map((name, i) => [
      name,
      { dtype: 'BF16', shape: [WORDS, WIDTH], data_offsets: [i * BYTES, (i + 1) * BYTES] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = await open(path, 'w');
  await file.write(Buffer.concat([length, json]), 0);
  await file.truncate(8 + json.length + names.length * BYTES);
  // bfloat16: 1.0 is 0x3f80, -2.0 is 0xc000. The last two elements of each tensor.
  for (const index of names.keys()) {
    await file.write(Buffer.from([0x80, 0x3f, 0x00, 0xc0]), 0, 4, 8 + json.length + (index + 1) * BYTES - 4);
  }
  await file.close();
}

test('tensors past 2 GB in files past 4 GB, whole and in shards, are read to their last element', async () => {
  expect(BYTES).toBeGreaterThan(2 ** 31);
  const [whole, sharded] = [await temporaryFolder(), await temporaryFolder()];
  await sparse(join(whole, 'model.safetensors'), ['embed', 'head']);
  await sparse(join(sharded, 'model-1.safetensors'), ['embed', 'other']);
  await sparse(join(sharded, 'model-2.safetensors'), ['head']);
  const weight_map = {
    embed: 'model-1.safetensors',
    other: 'model-1.safetensors',
    head: 'model-2.safetensors',
  };
  for (const [folder, files] of [
    [whole, { 'config.json': '{}' }],
    [sharded, { 'config.json': '{}', 'model.safetensors.index.json': JSON.stringify({ weight_map }) }],
  ] as const) {
    for (const [name, text] of Object.entries(files)) {
      const file = await open(join(folder, name), 'w');
      await file.writeFile(text);
      await file.close();
    }
    const modelFiles = await readModelFiles({ directory: folder, roots: [folder] });
    expect(Math.max(...modelFiles.files.map(({ bytes }) => bytes))).toBeGreaterThan(2 ** 32);
    const weights = await ModelWeights.open(modelFiles);
    for (const name of ['embed', 'head']) {
      weights.check(name, [WORDS, WIDTH]);
      const tail = new Float32Array(3);
      await weights.readFloat32(name, tail, WORDS * WIDTH - 3);
      expect([...tail]).toEqual([0, 1, -2]);
      const rows = new Float32Array(3 * WIDTH);
      await weights.readRows(name, [WORDS - 1, 0, WORDS - 1], rows);
      expect([...rows.subarray(WIDTH - 2, WIDTH + 2)]).toEqual([1, -2, 0, 0]);
      expect([...rows.subarray(-2)]).toEqual([1, -2]);
      await expect(weights.readFloat32(name, tail, WORDS * WIDTH - 2)).rejects.toThrow(RangeError);
    }
    await weights.close();
  }
});
