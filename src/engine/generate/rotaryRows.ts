import type { DecoderSpec, LayerKind, Rope } from '../../core/model/decoderSpec';
import { rotaryTables, rotationChangesAfter, type RotaryTables } from '../blocks/rotaryTables';
import type { Feeds, Tensor } from '../ort/runtime';

/** cos and sin of single positions, from tables of all there can be. */
export class RotaryRows {
  private readonly tables = new Map<Rope, { readonly short: RotaryTables; readonly long: RotaryTables }>();
  private readonly changesAfter: number;

  constructor(
    private readonly spec: DecoderSpec,
    capacity: number,
  ) {
    this.changesAfter = rotationChangesAfter(spec);
    const make = (rope: Rope, tokens: number): RotaryTables =>
      rotaryTables(rope, spec.rotaryDim, capacity, tokens);
    for (const { rope } of new Set(spec.layerKinds)) {
      const short = make(rope, Math.min(capacity, this.changesAfter));
      this.tables.set(rope, { short, long: capacity > this.changesAfter ? make(rope, capacity) : short });
    }
  }

  /** Inputs `cos` and `sin` [positions, rotaryDim / 2] of layers of a kind, each position in a text of that length. */
  feeds({ rope }: LayerKind, positions: readonly number[], lengths: readonly number[]): Feeds {
    const tables = this.tables.get(rope);
    if (!tables) throw new Error('A kind of layers has no rotary tables.');
    const width = this.spec.rotaryDim / 2;
    const gather = (name: keyof RotaryTables): Tensor => {
      const data = new Float32Array(positions.length * width);
      positions.forEach((position, row) => {
        const table = ((lengths[row] ?? 0) > this.changesAfter ? tables.long : tables.short)[name];
        data.set(table.subarray(position * width, (position + 1) * width), row * width);
      });
      return { data, dims: [positions.length, width] };
    };
    return { cos: gather('cos'), sin: gather('sin') };
  }
}
