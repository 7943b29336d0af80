import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { encoderBytes, encoderFiles } from '../../../src/engine/embed/encoderFiles';
import { temporaryFolder } from '../formats-model/temporaryFolder';

async function encoder(files: Readonly<Record<string, number>>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(path.join(folder, 'onnx'));
  for (const [name, bytes] of Object.entries(files))
    await writeFile(path.join(folder, name), new Uint8Array(bytes));
  return folder;
}

describe('the files of an encoder', () => {
  it('are all shards, and no other weights', async () => {
    const folder = await encoder({
      'model-00002-of-00002.safetensors': 40,
      'model-00001-of-00002.safetensors': 30,
      'model.safetensors.index.json': 5,
      'adapter.safetensors': 1000,
      'onnx/model.onnx': 6,
    });
    expect(await encoderFiles(folder, 'safetensors')).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ]);
    expect(await encoderFiles(folder, 'onnx')).toEqual(['onnx/model.onnx']);
    expect(await encoderBytes(folder)).toBe(150);
  });

  it('are the graph that is read, and the weights beside it', async () => {
    const folder = await encoder({ 'model.onnx': 6, 'model.onnx_data': 70, 'onnx/model.onnx': 1000 });
    expect(await encoderFiles(folder, 'safetensors')).toEqual([]);
    expect(await encoderFiles(folder, 'onnx')).toEqual(['model.onnx', 'model.onnx_data']);
    expect(await encoderBytes(folder)).toBe(152);
  });
});
