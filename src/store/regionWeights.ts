import { expandNeurons, fullMatrix, type MatrixLayout } from '../core/masks/expandMatrix';
import { bytesFor } from '../core/masks/bitset';
import { parseNeuronName, parseUnitName, type NeuronType } from '../core/model/unitNames';
import { inputError } from '../protocol/errors';
import type { RegionFile } from './regionFile';

/**
 * A region as masks of whole weight matrices, one at a time: neurons become the rows and columns they are, layers all
 * of their seven projections. An adapter's masks are of its own matrices.
 */
export class RegionWeights {
  private constructor(
    private readonly region: RegionFile,
    readonly matrices: readonly MatrixLayout[],
  ) {}

  /** @throws ToolError region-not-expandable where the file does not say which matrices its model has */
  static of(region: RegionFile): RegionWeights {
    if (region.matrices.length > 0) return new RegionWeights(region, region.matrices);
    throw inputError(
      'region-not-expandable',
      `${region.path} does not say which matrices its ${region.payload} belong to: its metadata has no shapes.`,
      'Run the experiment again with this version.',
    );
  }

  /** Packed bits of one matrix. @throws ToolError region-damaged */
  async bits({ name, shape, parts }: MatrixLayout): Promise<Uint8Array> {
    const { region } = this;
    const { layer, module } = parseUnitName(name) ?? { layer: null, module: '' };
    switch (region.payload) {
      case 'weights':
      case 'lora':
        return region.read(name);
      case 'layers': {
        const [first, last] = (await region.interval()) ?? [0, -1];
        return fullMatrix({ name, shape }, layer !== null && layer >= first && layer <= last);
      }
      case 'neurons': {
        const types = ['q', 'k', 'v', 'o', 'ffn'] as const;
        const sets = new Map<NeuronType, { bits: Uint8Array; count: number }>();
        for (const type of types) {
          const key = `model.layers.${layer ?? -1}.${type}`;
          const tensor = region.tensors.find((one) => one.name === key);
          if (tensor) sets.set(type, { bits: await region.read(key), count: tensor.units });
        }
        try {
          return expandNeurons({ name, shape, ...(parts && { parts }) }, module, (type) => {
            const set = sets.get(type);
            if (set) return set;
            // A type that no layer has was not searched: `projections`, or the released code, which drops o.
            if (!region.tensors.some((one) => parseNeuronName(one.name)?.type === type)) return null;
            throw new RangeError(`layer ${layer ?? '?'} has no neurons of type ${type}`);
          });
        } catch (thrown) {
          if (!(thrown instanceof RangeError)) throw thrown;
          const what = `${region.path}: ${thrown.message}.`;
          throw inputError('region-damaged', what, 'Restore the file, or run again.');
        }
      }
    }
  }

  /** The same in pieces of at most `pieceBytes`; a matrix of weights is read piece by piece. */
  async *pieces(matrix: MatrixLayout, pieceBytes: number): AsyncGenerator<Uint8Array> {
    const { payload } = this.region;
    const bytes = bytesFor(matrix.shape.reduce((product, size) => product * size, 1));
    const isStored = payload === 'weights' || payload === 'lora';
    const whole = isStored ? null : await this.bits(matrix);
    for (let from = 0; from < bytes; from += pieceBytes) {
      const length = Math.min(pieceBytes, bytes - from);
      yield whole
        ? whole.subarray(from, from + length)
        : await this.region.readBits(matrix.name, from, length);
    }
  }
}
