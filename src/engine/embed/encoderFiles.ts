import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { isFile } from '../../store/models/pathKind';
import type { EncoderBackend } from './sentenceEncoder';

export type EncoderFormat = EncoderBackend['format'];

const SHARD = /^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/;
const ONNX = ['model.onnx', 'onnx/model.onnx'];
/** Half-precision weights are held in float32. */
const GROWTH = 2;

/** Files below an encoder's directory that its weights are in, none where it has none of the format. */
export async function encoderFiles(directory: string, format: EncoderFormat): Promise<string[]> {
  if (format === 'safetensors') {
    const names = await readdir(directory).catch((): string[] => []);
    return names.filter((name) => SHARD.test(name)).sort();
  }
  const found = await present(directory, ONNX);
  // One graph is read; large ones have their weights beside them.
  return present(
    directory,
    found.slice(0, 1).flatMap((name) => [name, `${name}_data`]),
  );
}

/** What the weights take in memory at most, whichever of the directory's formats is read. */
export async function encoderBytes(directory: string): Promise<number> {
  const byFormat = (['safetensors', 'onnx'] as const).map(async (format) => {
    const files = await encoderFiles(directory, format);
    const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(directory, name))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  });
  return GROWTH * Math.max(...(await Promise.all(byFormat)));
}

async function present(directory: string, names: readonly string[]): Promise<string[]> {
  const isThere = await Promise.all(names.map((name) => isFile(path.join(directory, name))));
  return names.filter((_, index) => isThere[index]);
}
