import type { LayerInterval } from '../../core/layers/interval';
import type { LayerReport } from '../../core/layers/layerReport';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { regionMetadata } from '../../core/model/regionMetadata';
import { ensureFolder, writeFileAtomic } from '../../store/atomicFile';
import type { RunDirectory } from '../../store/runDirectory';
import { SafetensorsWriter } from '../../store/safetensorsWriter';

/** regions/safeLayer/<dataset>.safetensors: I32 `interval`, [first, last] or empty. */
export async function writeLayerRegion(
  run: RunDirectory,
  dataset: string,
  interval: LayerInterval | null,
  spec: DecoderSpec,
): Promise<void> {
  await ensureFolder(run.file('regions', 'safeLayer'));
  const values = Int32Array.from(interval ?? []);
  const writer = await SafetensorsWriter.create(
    run.file('regions', 'safeLayer', `${dataset}.safetensors`),
    [{ name: 'interval', dtype: 'I32', shape: [values.length] }],
    {
      payload: 'layers',
      method: 'safeLayer',
      dataset,
      layers: String(spec.layers),
      ...regionMetadata(spec),
    },
  );
  try {
    await writer.write('interval', new Uint8Array(values.buffer));
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

export const writeLayerReport = (run: RunDirectory, report: LayerReport): Promise<void> =>
  writeFileAtomic(
    run.file('reports', 'safeLayer', `${report.dataset}.json`),
    `${JSON.stringify(report, null, 2)}\n`,
  );
