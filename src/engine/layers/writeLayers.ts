import type { LayerInterval } from '../../core/layers/interval';
import type { LayerReport } from '../../core/layers/layerReport';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { regionMetadata } from '../../core/model/regionMetadata';
import { writeFileAtomic } from '../../store/atomicFile';
import type { RunDirectory } from '../../store/runDirectory';
import { writeSafetensors } from '../../store/writeSafetensors';

/** regions/safeLayer/<dataset>.safetensors: I32 `interval`, [first, last] or empty. */
export async function writeLayerRegion(
  run: RunDirectory,
  dataset: string,
  interval: LayerInterval | null,
  spec: DecoderSpec,
): Promise<void> {
  const values = Int32Array.from(interval ?? []);
  await writeSafetensors(
    run.file('regions', 'safeLayer', `${dataset}.safetensors`),
    [{ name: 'interval', dtype: 'I32', shape: [values.length] }],
    () => new Uint8Array(values.buffer),
    {
      payload: 'layers',
      method: 'safeLayer',
      dataset,
      layers: String(spec.layers),
      ...regionMetadata(spec),
    },
  );
}

export const writeLayerReport = (run: RunDirectory, report: LayerReport): Promise<void> =>
  writeFileAtomic(
    run.file('reports', 'safeLayer', `${report.dataset}.json`),
    `${JSON.stringify(report, null, 2)}\n`,
  );
