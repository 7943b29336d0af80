import type { DecoderSpec } from '../../core/model/decoderSpec';
import { cacheWidth } from '../blocks/decodeAttention';
import type { Tensor } from '../ort/runtime';

type CacheSpec = Pick<DecoderSpec, 'layers' | 'kvHeads' | 'headDim'>;

/** Bytes that the keys and values of one sample take. */
export const cacheBytes = (spec: CacheSpec, capacity: number): number =>
  2 * spec.layers * spec.kvHeads * capacity * cacheWidth(spec) * 4;

interface LayerCache {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** New keys and values, [..., kvHeads, ..., positions, headDim]. */
export interface NewHeads {
  readonly k: Float32Array;
  readonly v: Float32Array;
  /** Element that the first head's positions begin at. */
  readonly begin: number;
  /** Elements from one head's positions to the next head's. */
  readonly headStride: number;
}

/**
 * Keys and values of all layers, [slots, kvHeads, capacity, cacheWidth] each. A slot is one sample; its first positions
 * are valid, as many as its owner counts. Decoding adds a position in place.
 */
export class KvCache {
  private readonly layers: readonly LayerCache[];
  private readonly slotSize: number;
  private readonly width: number;

  constructor(
    private readonly spec: CacheSpec,
    slots: number,
    readonly capacity: number,
  ) {
    this.width = cacheWidth(spec);
    this.slotSize = spec.kvHeads * capacity * this.width;
    const make = (): Float32Array => new Float32Array(slots * this.slotSize);
    this.layers = Array.from({ length: spec.layers }, () => ({ k: make(), v: make() }));
  }

  /** Takes in `count` positions of a slot from `position` on. */
  store(
    layer: number,
    slot: number,
    position: number,
    count: number,
    { k, v, begin, headStride }: NewHeads,
  ): void {
    const { kvHeads, headDim } = this.spec;
    const to = this.layer(layer);
    for (let head = 0; head < kvHeads; head++) {
      const source = begin + head * headStride;
      const target = slot * this.slotSize + (head * this.capacity + position) * this.width;
      for (const [cache, fresh] of [
        [to.k, k],
        [to.v, v],
      ] as const) {
        if (headDim === this.width) {
          cache.set(fresh.subarray(source, source + count * headDim), target);
          continue;
        }
        for (let row = 0; row < count; row++) {
          const from = source + row * headDim;
          cache.set(fresh.subarray(from, from + headDim), target + row * this.width);
        }
      }
    }
  }

  /** Moves a sample to another slot. */
  move(from: number, to: number): void {
    for (const { k, v } of this.layers) {
      for (const cache of [k, v]) {
        cache.copyWithin(to * this.slotSize, from * this.slotSize, (from + 1) * this.slotSize);
      }
    }
  }

  /** Neighbouring slots of a layer. */
  tensors(layer: number, first: number, slots: number): { readonly k: Tensor; readonly v: Tensor } {
    const { k, v } = this.layer(layer);
    const dims = [slots, this.spec.kvHeads, this.capacity, this.width];
    const [begin, end] = [first * this.slotSize, (first + slots) * this.slotSize];
    return { k: { data: k.subarray(begin, end), dims }, v: { data: v.subarray(begin, end), dims } };
  }

  private layer(index: number): LayerCache {
    const layer = this.layers[index];
    if (!layer) throw new Error(`No layer ${index}.`);
    return layer;
  }
}
