import type { TensorEntry } from '../../core/formats/safetensorsHeader';
import { bytesFor } from '../../core/masks/bitset';
import { openSafetensors, type SafetensorsFile } from '../../store/safetensorsFile';
import { SafetensorsWriter } from '../../store/safetensorsWriter';
import type { AdapterModule } from '../formats/peft/peftAdapter';
import type { ModuleRegions, ModuleStats } from './moduleRegions';

/** What was found of one layer, for all datasets of a job, below work/: its name says that the layer is done. */
const bitsOf = (dataset: string, param: string): string => `bits/${dataset}/${param}`;
const statsOf = (dataset: string, param: string): string => `stats/${dataset}/${param}`;

/** Order of the numbers of a module in the file; NaN stands for null. */
const STATS = ['keptA', 'energyA', 'keptB', 'energyB', 'sizeA', 'sizeB', 'gaugeFreeSize'] as const;

export class LayerResultWriter {
  private constructor(
    private readonly writer: SafetensorsWriter,
    private readonly gaugeFree: boolean,
  ) {}

  static async create(
    file: string,
    datasets: readonly string[],
    modules: readonly AdapterModule[],
    gaugeFree: boolean,
  ): Promise<LayerResultWriter> {
    const entries = datasets.flatMap((dataset) =>
      modules.flatMap(({ aName, bName, param, rank, rows, inFeatures }): TensorEntry[] => [
        { name: bitsOf(dataset, aName), dtype: 'U8', shape: [bytesFor(rank * inFeatures)] },
        { name: bitsOf(dataset, bName), dtype: 'U8', shape: [bytesFor(rank * rows)] },
        ...(gaugeFree
          ? [{ name: bitsOf(dataset, param), dtype: 'U8' as const, shape: [bytesFor(rows * inFeatures)] }]
          : []),
        { name: statsOf(dataset, param), dtype: 'F64', shape: [STATS.length] },
      ]),
    );
    return new LayerResultWriter(await SafetensorsWriter.create(file, entries), gaugeFree);
  }

  /** Datasets and modules come in the order given at the start. */
  async write(
    dataset: string,
    { aName, bName, param }: AdapterModule,
    regions: ModuleRegions,
  ): Promise<void> {
    await this.writer.write(bitsOf(dataset, aName), regions.bitsA);
    await this.writer.write(bitsOf(dataset, bName), regions.bitsB);
    if (this.gaugeFree && regions.gaugeFreeBits) {
      await this.writer.write(bitsOf(dataset, param), regions.gaugeFreeBits);
    }
    const numbers = Float64Array.from(STATS, (name) => regions.stats[name] ?? NaN);
    await this.writer.write(statsOf(dataset, param), new Uint8Array(numbers.buffer));
  }

  /** Gives the file its name: from here on the layer is done. */
  finish(): Promise<void> {
    return this.writer.finish();
  }

  abort(): Promise<void> {
    return this.writer.abort();
  }
}

/** The results of all layers of one job, one file open at a time. */
export class LayerResultReader {
  private open: { readonly layer: number; readonly file: SafetensorsFile } | null = null;

  constructor(private readonly fileOf: (layer: number) => string) {}

  async bits(layer: number, dataset: string, name: string, units: number): Promise<Uint8Array> {
    const bits = new Uint8Array(bytesFor(units));
    await (await this.file(layer)).readBytes(bitsOf(dataset, name), bits);
    return bits;
  }

  async stats(dataset: string, { layer, param }: AdapterModule): Promise<ModuleStats> {
    const numbers = new Float64Array(STATS.length);
    await (await this.file(layer)).readBytes(statsOf(dataset, param), new Uint8Array(numbers.buffer));
    const [keptA = 0, energyA = 0, keptB = 0, energyB = 0, sizeA = 0, sizeB = 0, gaugeFreeSize = NaN] =
      numbers;
    return {
      keptA,
      energyA,
      keptB,
      energyB,
      sizeA,
      sizeB,
      gaugeFreeSize: Number.isNaN(gaugeFreeSize) ? null : gaugeFreeSize,
    };
  }

  async close(): Promise<void> {
    await this.open?.file.close();
    this.open = null;
  }

  private async file(layer: number): Promise<SafetensorsFile> {
    if (this.open?.layer !== layer) {
      await this.close();
      this.open = { layer, file: await openSafetensors(this.fileOf(layer)) };
    }
    return this.open.file;
  }
}
