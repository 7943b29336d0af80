/** Small region files of every payload. */
import path from 'node:path';
import { bitsetOf } from '../../../src/core/masks/bitset';
import { ensureFolder } from '../../../src/store/atomicFile';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';

type Metadata = Readonly<Record<string, unknown>>;

const texts = (metadata: Metadata): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

async function write(
  file: string,
  dtype: 'U8' | 'I32',
  tensors: Readonly<Record<string, Uint8Array>>,
  metadata: Metadata,
): Promise<void> {
  await ensureFolder(path.dirname(file));
  const entries = Object.entries(tensors).map(([name, bytes]) => ({
    name,
    dtype,
    shape: [dtype === 'I32' ? bytes.length / 4 : bytes.length],
  }));
  const writer = await SafetensorsWriter.create(file, entries, texts(metadata));
  for (const [name, bytes] of Object.entries(tensors)) await writer.write(name, bytes);
  await writer.finish();
}

const int32 = (values: readonly number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);

/** Packed bits of matrices, by name: shape and the flat indices in the region. */
export const writeBits = (
  file: string,
  payload: 'weights' | 'lora',
  matrices: Readonly<Record<string, { shape: readonly number[]; units: readonly number[] }>>,
  metadata: Metadata = {},
): Promise<void> =>
  write(
    file,
    'U8',
    Object.fromEntries(
      Object.entries(matrices).map(([name, { shape, units }]) => [
        name,
        bitsetOf(
          shape.reduce((product, size) => product * size, 1),
          units,
        ),
      ]),
    ),
    {
      payload,
      shapes: Object.fromEntries(Object.entries(matrices).map(([name, { shape }]) => [name, shape])),
      ...metadata,
    },
  );

export const writeNeurons = (
  file: string,
  counts: Readonly<Record<string, number>>,
  indices: Readonly<Record<string, readonly number[]>>,
  metadata: Metadata = {},
): Promise<void> =>
  write(
    file,
    'I32',
    Object.fromEntries(Object.keys(counts).map((name) => [name, int32(indices[name] ?? [])])),
    { payload: 'neurons', counts, ...metadata },
  );

export const writeLayers = (
  file: string,
  layers: number,
  interval: readonly number[],
  metadata: Metadata = {},
): Promise<void> =>
  write(
    file,
    'I32',
    { interval: int32(interval) },
    { payload: 'layers', layers: String(layers), ...metadata },
  );
