import path from 'node:path';

import { bytesFor, popcount } from '../../core/masks/bitset';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { regionMetadata, scoredMatrices } from '../../core/model/regionMetadata';
import type { PreparedDataset } from '../../core/run/sample';
import type { RegionSummary } from '../../core/run/summary';
import { ensureFolder } from '../../store/atomicFile';
import type { RunDirectory } from '../../store/runDirectory';
import { openSafetensors, type SafetensorsFile } from '../../store/safetensorsFile';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import { bitsName, fractionFor, selectsAtOnce } from '../stream/layerScorer';
import { breathe, type MethodRun } from '../stream/passContext';
import type { ProgressTracker } from '../stream/progressTracker';
import { ModelScopeSelection } from './modelScopeSelection';
import type { BitSource, RegionParam } from './regionParam';
import type { RegionFiles } from './runFiles';

export interface AssembleInput {
  readonly run: RunDirectory;
  readonly spec: DecoderSpec;
  readonly datasets: readonly PreparedDataset[];
  readonly methods: readonly MethodRun[];
  readonly files: RegionFiles;
  /** `regions` where left out. */
  readonly folder?: string;
  readonly progress: ProgressTracker;
  readonly signal: AbortSignal;
}

/** Joins per-layer bits to one region file a method and dataset, a matrix at a time. */
export async function assembleRegions(input: AssembleInput): Promise<RegionSummary[]> {
  const { methods, datasets, progress, signal } = input;
  const regions: RegionSummary[] = [];
  progress.enter('writing', null, methods.length * datasets.length);
  for (const method of methods) {
    for (const dataset of datasets) {
      regions.push(await assembleRegion(input, method, dataset));
      progress.regionWritten();
      await breathe(signal);
    }
  }
  return regions;
}

async function assembleRegion(
  input: AssembleInput,
  method: MethodRun,
  dataset: PreparedDataset,
): Promise<RegionSummary> {
  const { spec, run, folder = 'regions' } = input;
  const id = method.method.id;
  const params = regionParams(spec);
  const universe = params.reduce((sum, { units }) => sum + units, 0);
  const source = await openBits(input, method, dataset);
  let size: number;
  try {
    const file = run.file(folder, id, `${dataset.id}.safetensors`);
    size = await writeRegion(file, source, params, {
      payload: method.method.payload,
      method: id,
      dataset: dataset.id,
      scope: method.scope,
      topFraction: String(fractionFor(method, dataset)),
      ...regionMetadata(spec),
    });
  } finally {
    await source.close();
  }
  return {
    method: id,
    dataset: dataset.id,
    role: dataset.role,
    requestedFraction: fractionFor(method, dataset),
    scope: method.scope,
    unit: method.method.unit,
    prompts: dataset.samples.length,
    settings: { topFraction: fractionFor(method, dataset), scope: method.scope },
    size,
    universe,
    density: size / universe,
  };
}

const regionParams = (spec: DecoderSpec): RegionParam[] =>
  scoredMatrices(spec).map(({ layer, name, shape: [rows, columns] }) => ({
    layer,
    name,
    units: rows * columns,
  }));

async function openBits(
  { spec, files, signal }: AssembleInput,
  method: MethodRun,
  dataset: PreparedDataset,
): Promise<BitSource> {
  const { id } = method.method;
  if (selectsAtOnce(method)) {
    return new LayerResults((layer) => files.layerResults(method, dataset.id, layer), id, dataset.id);
  }
  const scoreFile = (layer: number): string => files.scores(id, dataset.id, layer) ?? '';
  return ModelScopeSelection.search(regionParams(spec), scoreFile, fractionFor(method, dataset), signal);
}

/** Returns the number of weights in the region. */
async function writeRegion(
  file: string,
  source: BitSource,
  params: readonly RegionParam[],
  metadata: Readonly<Record<string, string>>,
): Promise<number> {
  await ensureFolder(path.dirname(file));
  const writer = await SafetensorsWriter.create(
    file,
    params.map(({ name, units }) => ({ name, dtype: 'U8', shape: [bytesFor(units)] })),
    metadata,
  );
  try {
    let size = 0;
    for (const param of params) {
      const bits = await source.read(param);
      size += popcount(bits);
      await writer.write(param.name, bits);
    }
    await writer.finish();
    return size;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

class LayerResults implements BitSource {
  private open: { readonly layer: number; readonly file: SafetensorsFile } | null = null;

  constructor(
    private readonly fileOf: (layer: number) => string,
    private readonly methodId: string,
    private readonly datasetId: string,
  ) {}

  async read({ layer, name, units }: RegionParam): Promise<Uint8Array> {
    if (this.open?.layer !== layer) {
      await this.close();
      this.open = { layer, file: await openSafetensors(this.fileOf(layer)) };
    }
    const bits = new Uint8Array(bytesFor(units));
    await this.open.file.readBytes(bitsName(this.methodId, this.datasetId, name), bits);
    return bits;
  }

  async close(): Promise<void> {
    await this.open?.file.close();
    this.open = null;
  }
}
