import { groupRows, type LinearGroup } from '../../core/model/decoderSpec';
import type { BlockShape } from '../blocks/decoderBlock';
import type { Feeds } from '../ort/runtime';
import { layerBytes } from './layerWeights';
import type { PassContext } from './passContext';
import { batchRows, type MicroBatch } from './passPlan';

interface F32Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Output gradient and input of one linear group for one micro-batch, each (batch, length, features). */
export interface HeldPair {
  readonly dY: F32Tensor;
  readonly X: F32Tensor;
}

/**
 * (dY, X) pairs of one dataset at one layer, up to about the size of the layer itself, and the accumulators that take
 * over what does not fit.
 */
export class PairBuffer {
  private readonly capacity: number;
  private rows = 0;
  private readonly batches: { readonly shape: BlockShape; readonly firstRow: number }[] = [];
  private readonly accumulators = new Map<string, Float32Array>();

  constructor(
    private readonly context: PassContext,
    batchRowCounts: readonly number[],
  ) {
    const all = batchRowCounts.reduce((sum, rows) => sum + rows, 0);
    this.capacity = Math.min(all, Math.max(Math.max(...batchRowCounts), heldRows(context.spec)));
  }

  /** As many of the batches, from the first on, as there is room for; the first always. */
  fitting(batches: readonly MicroBatch[]): readonly MicroBatch[] {
    let rows = this.rows;
    const end = batches.findIndex((batch, index) => (rows += batchRows(batch)) > this.capacity && index > 0);
    return end < 0 ? batches : batches.slice(0, end);
  }

  /** Takes in a micro-batch: the outputs that the backward graph must write. */
  add(shape: BlockShape): Feeds {
    const firstRow = this.rows;
    this.batches.push({ shape, firstRow });
    this.rows += shape.batch * shape.length;
    const feeds: Record<string, F32Tensor> = {};
    for (const group of this.context.spec.groups) {
      const { dY, X } = this.pair(group, { shape, firstRow });
      const rows = shape.batch * shape.length;
      feeds[`dY.${group.name}`] = { data: dY.data, dims: [rows, groupRows(group)] };
      feeds[`X.${group.name}`] = { data: X.data, dims: [rows, group.inFeatures] };
    }
    return feeds;
  }

  held(group: LinearGroup): HeldPair[] {
    return this.batches.map((batch) => this.pair(group, batch));
  }

  /** The sum over what was released before, shape (groupRows, inFeatures); undefined where nothing was. */
  accumulator(group: LinearGroup): Float32Array | undefined {
    return this.accumulators.get(group.name);
  }

  openAccumulator(group: LinearGroup): Float32Array {
    const known = this.accumulators.get(group.name);
    if (known) return known;
    const fresh = this.context.scratch
      .take(`pairs.acc.${group.name}`, groupRows(group) * group.inFeatures)
      .fill(0);
    this.accumulators.set(group.name, fresh);
    return fresh;
  }

  release(): void {
    this.batches.length = 0;
    this.rows = 0;
  }

  clear(): void {
    this.release();
    this.accumulators.clear();
  }

  private pair(group: LinearGroup, { shape, firstRow }: { shape: BlockShape; firstRow: number }): HeldPair {
    const rows = shape.batch * shape.length;
    const view = (name: string, width: number): F32Tensor => ({
      data: this.context.scratch
        .take(`pairs.${name}.${group.name}`, this.capacity * width)
        .subarray(firstRow * width, (firstRow + rows) * width),
      dims: [shape.batch, shape.length, width],
    });
    return { dY: view('dY', groupRows(group)), X: view('X', group.inFeatures) };
  }
}

/** Small models can hold more than a layer's worth: sums that never leave their graph save a copy each. */
const HELD_BYTES = 56 * 2 ** 20;

/** Rows whose pairs take about as much room as one layer's accumulators, or some that are always there. */
export function heldRows(spec: PassContext['spec']): number {
  return Math.floor(Math.max(layerBytes(spec), HELD_BYTES) / pairBytesPerRow(spec));
}

export function pairBytesPerRow(spec: PassContext['spec']): number {
  return 4 * spec.groups.reduce((sum, group) => sum + groupRows(group) + group.inFeatures, 0);
}
