import path from 'node:path';
import type { TensorEntry } from '../core/formats/safetensorsHeader';
import { ensureFolder } from './atomicFile';
import { SafetensorsWriter } from './safetensorsWriter';

/**
 * A safetensors file of tensors whose bytes are there, or are fetched one after the other; its folder is made. Where
 * anything throws, nothing is left behind.
 * @param bytesOf little-endian; empty for an empty tensor
 */
export async function writeSafetensors<T extends TensorEntry>(
  file: string,
  tensors: readonly T[],
  bytesOf: (tensor: T) => Uint8Array | Promise<Uint8Array>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await ensureFolder(path.dirname(file));
  const writer = await SafetensorsWriter.create(file, tensors, metadata);
  try {
    for (const tensor of tensors) await writer.write(tensor.name, await bytesOf(tensor));
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
  await writer.finish();
}
