import type { DecoderSpec } from '../../core/model/decoderSpec';
import { engineError } from '../../protocol/errors';
import { cacheWidth } from '../blocks/decodeAttention';
import type { ModelSource } from '../formats/modelDirectory';
import { sizeOf } from '../graph/shapes';
import { compileProgram, type Feeds, type Program, type RuntimeOptions, type Tensor } from '../ort/runtime';
import { Scratch } from '../stream/scratch';
import { layerPort, modelGraph, tablePrefix } from './generateGraphs';
import { openHeldWeights } from './heldWeights';
import type { KvCache } from './kvCache';
import type { LayerScaling } from './layerSource';
import type { RotaryRows } from './rotaryRows';

/** New positions of neighbouring samples, as many of each, padded on the right. */
export interface NewRows {
  /** Hidden states [samples * length, hidden], sample after sample. */
  readonly x: Float32Array;
  /** Cache slot of the first sample. */
  readonly slot: number;
  /** Position of the first row of each sample. */
  readonly starts: readonly number[];
  /** Rows of each sample that are no padding. */
  readonly counts: readonly number[];
  readonly length: number;
}

/** The whole model in one program that holds the weights, packed for its products: one run for all layers. */
export class HeldModel {
  private readonly scratch = new Scratch();

  private constructor(
    private readonly spec: DecoderSpec,
    private readonly program: Program,
    private readonly cache: KvCache,
    private readonly rotary: RotaryRows,
  ) {}

  /** @throws ToolError ort-compile */
  static async open(
    model: ModelSource,
    { cache, rotary }: { readonly cache: KvCache; readonly rotary: RotaryRows },
    { scaling, ...options }: RuntimeOptions & { readonly scaling: LayerScaling },
  ): Promise<HeldModel> {
    const weights = await openHeldWeights(model, scaling);
    const program = await compileProgram(modelGraph(model.spec, weights), options, {
      openShapes: true,
      weightsFolder: weights.folder,
    });
    return new HeldModel(model.spec, program, cache, rotary);
  }

  /**
   * The next token of each sample, the most likely one; the cache takes in keys and values of the new positions.
   * @throws ToolError logits-not-numbers
   */
  async next(rows: NewRows): Promise<readonly number[]> {
    const { spec } = this;
    const { x, slot, starts, counts, length } = rows;
    const samples = counts.length;
    const width = cacheWidth(spec);
    const feeds: Record<string, Tensor> = {
      x: { data: x, dims: [samples * length, spec.hiddenSize] },
      position: ints(counts.map((count, sample) => (starts[sample] ?? 0) + count - 1)),
      last: ints(counts.map((count, sample) => sample * length + count - 1)),
      'extents.q': ints([samples, length, spec.heads * width]),
      'extents.kv': ints([samples, length, spec.kvHeads * width]),
      ...this.tables(rows),
    };
    const token = { data: new BigInt64Array(samples), dims: [samples, 1] };
    const best = { data: new Float32Array(samples), dims: [samples, 1] };
    const outputs: Record<string, Tensor> = { token, best };
    const fresh = this.newHeads(samples * length);
    const isFirst = starts.every((start) => start === 0);
    const none = isFirst ? this.noCache(samples) : null;
    for (let layer = 0; layer < spec.layers; layer++) {
      const { k, v } = none ?? this.cache.tensors(layer, slot, samples);
      feeds[layerPort(layer, 'cache.k')] = k;
      feeds[layerPort(layer, 'cache.v')] = v;
      Object.assign(outputs, fresh[layer]?.outputs);
    }
    await this.program.run(feeds, outputs);
    const headStride = samples * length * spec.headDim;
    for (const [layer, { k, v }] of fresh.entries()) {
      counts.forEach((count, sample) => {
        const begin = sample * length * spec.headDim;
        this.cache.store(layer, slot + sample, starts[sample] ?? 0, count, { k, v, begin, headStride });
      });
    }
    if (!best.data.every(Number.isFinite)) throw logitsNotNumbers();
    return Array.from(token.data, Number);
  }

  release(): Promise<void> {
    return this.program.release();
  }

  /** Room for the keys and values of new rows, by layer, reused. */
  private newHeads(
    rows: number,
  ): { readonly k: Float32Array; readonly v: Float32Array; readonly outputs: Feeds }[] {
    const { layers, kvHeads, headDim } = this.spec;
    const dims = [1, kvHeads, rows, headDim];
    return Array.from({ length: layers }, (_, layer) => {
      const take = (name: string): Float32Array =>
        this.scratch.take(`${layer} ${name}`, rows * kvHeads * headDim);
      const [k, v] = [take('k'), take('v')];
      return {
        k,
        v,
        outputs: {
          [layerPort(layer, 'new.k')]: { data: k, dims },
          [layerPort(layer, 'new.v')]: { data: v, dims },
        },
      };
    });
  }

  /** Prompts see nothing of the cache: one position that is not looked at stands for it. */
  private noCache(samples: number): { readonly k: Tensor; readonly v: Tensor } {
    const dims = [samples, this.spec.kvHeads, 1, cacheWidth(this.spec)];
    const zeros = { data: new Float32Array(sizeOf(dims)), dims };
    return { k: zeros, v: zeros };
  }

  private tables({ starts, counts, length }: NewRows): Feeds {
    const positions = starts.flatMap((start) => Array.from({ length }, (_, row) => start + row));
    const lengths = starts.flatMap((start, sample) => {
      const end = start + (counts[sample] ?? 0);
      return Array.from({ length }, () => end);
    });
    const feeds: Record<string, Tensor> = {};
    [...new Set(this.spec.layerKinds)].forEach((kind, index) => {
      for (const [name, tensor] of Object.entries(this.rotary.feeds(kind, positions, lengths))) {
        feeds[`${tablePrefix(index)}.${name}`] = tensor;
      }
    });
    return feeds;
  }
}

/** A first token 0 would pass for an answer. */
export const logitsNotNumbers = (): Error =>
  engineError(
    'logits-not-numbers',
    'The model gives no most likely token: its logits are not numbers.',
    'Its weights are damaged, or too large for float32; load the model in transformers to see.',
  );

const ints = (values: readonly number[]): Tensor => ({
  data: BigInt64Array.from(values, BigInt),
  dims: [values.length],
});
