import { bytesFor } from '../../core/masks/bitset';
import { topCount } from '../../core/selection/fraction';
import { ThresholdSearch } from '../../core/selection/thresholdSearch';
import { openSafetensors } from '../../store/safetensorsFile';
import { breathe } from '../stream/passContext';
import type { BitSource, RegionParam } from './regionParam';

const CHUNK_ELEMENTS = 1 << 22;

/**
 * The top fraction of all scored weights together. Scores of the whole model do not fit in memory: they are read from
 * disk three times, twice for the threshold and once for the bits.
 */
export class ModelScopeSelection implements BitSource {
  private constructor(
    private readonly search: ThresholdSearch | null,
    private readonly scoreFile: (layer: number) => string,
    private readonly signal: AbortSignal,
  ) {}

  static async search(
    params: readonly RegionParam[],
    scoreFile: (layer: number) => string,
    fraction: number,
    signal: AbortSignal,
  ): Promise<ModelScopeSelection> {
    const universe = params.reduce((sum, { units }) => sum + units, 0);
    const k = topCount(fraction, universe);
    if (k === 0) return new ModelScopeSelection(null, scoreFile, signal);
    const search = new ThresholdSearch(k);
    for (const pass of ['countUpper', 'countLower'] as const) {
      for (const param of params) {
        await forEachChunk(scoreFile(param.layer), param, (chunk) => search[pass](chunk));
        await breathe(signal);
      }
    }
    return new ModelScopeSelection(search, scoreFile, signal);
  }

  async read(param: RegionParam): Promise<Uint8Array> {
    const bits = new Uint8Array(bytesFor(param.units));
    const { search } = this;
    if (search) {
      await forEachChunk(this.scoreFile(param.layer), param, (chunk, first) => {
        search.mark(chunk, bits, first);
      });
      await breathe(this.signal);
    }
    return bits;
  }

  async close(): Promise<void> {
    // Files are closed chunk by chunk: nothing is held between reads.
  }
}

async function forEachChunk(
  path: string,
  { name, units }: RegionParam,
  visit: (chunk: Float32Array, firstUnit: number) => void,
): Promise<void> {
  const file = await openSafetensors(path);
  try {
    for (let first = 0; first < units; first += CHUNK_ELEMENTS) {
      const chunk = new Float32Array(Math.min(CHUNK_ELEMENTS, units - first));
      await file.readBytes(name, new Uint8Array(chunk.buffer), first * 4);
      visit(chunk, first);
    }
  } finally {
    await file.close();
  }
}
