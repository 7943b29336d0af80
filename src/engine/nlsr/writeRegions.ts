import path from 'node:path';

import type { DecoderSpec } from '../../core/model/decoderSpec';
import { regionMetadata } from '../../core/model/regionMetadata';
import { ensureFolder } from '../../store/atomicFile';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { AdapterModule } from '../formats/peft/peftAdapter';
import { bitBytes } from '../stream/layerScorer';
import type { LayerResultReader } from './layerResults';

/** One tensor of a region file. */
export interface RegionTensor {
  readonly layer: number;
  readonly name: string;
  readonly shape: readonly [rows: number, columns: number];
}

/** Both matrices of every adapted projection, under PEFT's names. */
export const loraTensors = (modules: readonly AdapterModule[]): RegionTensor[] =>
  modules.flatMap(({ layer, aName, bName, rank, rows, inFeatures }) => [
    { layer, name: aName, shape: [rank, inFeatures] as const },
    { layer, name: bName, shape: [rows, rank] as const },
  ]);

/** The weights that are adapted, under Hugging Face's names. */
export const weightTensors = (modules: readonly AdapterModule[]): RegionTensor[] =>
  modules.map(({ layer, param, rows, inFeatures }) => ({
    layer,
    name: param,
    shape: [rows, inFeatures] as const,
  }));

export const universeOf = (tensors: readonly RegionTensor[]): number =>
  tensors.reduce((sum, { shape: [rows, columns] }) => sum + rows * columns, 0);

/** Joins the bits of all layers to one region file. */
export async function writeRegion(
  file: string,
  dataset: string,
  tensors: readonly RegionTensor[],
  results: LayerResultReader,
  spec: DecoderSpec,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await ensureFolder(path.dirname(file));
  const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
  const { parts, heads } = regionMetadata(spec);
  const writer = await SafetensorsWriter.create(
    file,
    tensors.map(({ name, shape }) => ({ name, dtype: 'U8', shape: [bitBytes(shape[0] * shape[1])] })),
    {
      ...metadata,
      dataset,
      shapes: JSON.stringify(shapes),
      ...(parts !== undefined && metadata.payload === 'weights' ? { parts } : {}),
      ...(heads === undefined ? {} : { heads }),
    },
  );
  try {
    for (const { layer, name, shape } of tensors) {
      await writer.write(name, await results.bits(layer, dataset, name, shape[0] * shape[1]));
    }
    await writer.finish();
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
}
