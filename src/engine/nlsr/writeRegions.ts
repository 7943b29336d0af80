import { bytesFor } from '../../core/masks/bitset';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { regionMetadata } from '../../core/model/regionMetadata';
import { writeSafetensors } from '../../store/writeSafetensors';
import type { AdapterModule } from '../formats/peft/peftAdapter';
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
  const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
  const { parts, heads } = regionMetadata(spec);
  await writeSafetensors(
    file,
    tensors.map(({ layer, name, shape: [rows, columns] }) => {
      const units = rows * columns;
      return { layer, name, units, dtype: 'U8', shape: [bytesFor(units)] };
    }),
    ({ layer, name, units }) => results.bits(layer, dataset, name, units),
    {
      ...metadata,
      dataset,
      shapes: JSON.stringify(shapes),
      ...(parts !== undefined && metadata.payload === 'weights' ? { parts } : {}),
      ...(heads === undefined ? {} : { heads }),
    },
  );
}
