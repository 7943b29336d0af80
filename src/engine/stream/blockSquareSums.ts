import { blockOf } from '../../core/run/replicates';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { BlockShape, DecoderBlock } from '../blocks/decoderBlock';
import type { GraphBuilder } from '../graph/graphBuilder';
import type { Feeds, Tensor } from '../ort/runtime';
import { inputSquareSum, squareSumQuantities } from './blockPrograms';
import type { ForwardObserver, SeenBatch } from './forwardObserver';
import { forwardMethods, type PassContext } from './passContext';
import { batchRows, responsePositions, type MicroBatch } from './passPlan';
import type { ReplicatePass } from './replicatePass';

const ROWS = 'replicates.rows';
const outputName = (group: string): string => `replicates.squareSum.${group}`;

/** Sums of squares of the inputs (Wanda) by block of samples, and the replicates' regions from them. */
export class BlockSquareSums implements ForwardObserver {
  readonly key: string;
  readonly needsOutput = false;
  /** Dataset -> group -> (blocks, inFeatures). */
  private readonly sums = new Map<string, Map<string, Float64Array>>();

  constructor(
    private readonly context: PassContext,
    private readonly replicates: ReplicatePass,
  ) {
    this.key = `blocks ${replicates.blocks}`;
  }

  extend(b: GraphBuilder, block: DecoderBlock, _: DecoderSpec, shape: BlockShape): void {
    const rows = b.input(ROWS, [this.replicates.blocks, shape.batch * shape.length]);
    for (const tap of block.taps) b.output(outputName(tap.group), inputSquareSum(b, rows, tap.input));
  }

  beginLayer(): Promise<void> {
    this.sums.clear();
    return Promise.resolve();
  }

  feeds(_: number, batch: MicroBatch): Feeds {
    const rows = batchRows(batch);
    const data = new Float32Array(this.replicates.blocks * rows);
    batch.samples.forEach((sample, index) => {
      const block = blockOf(batch.sampleIndices[index] ?? 0, this.replicates.blocks);
      for (const position of responsePositions(sample)) {
        data[block * rows + index * batch.length + position] = 1;
      }
    });
    return { [ROWS]: { data, dims: [this.replicates.blocks, rows] } };
  }

  outputs(): Feeds {
    const { blocks } = this.replicates;
    return Object.fromEntries(
      this.context.spec.groups.map(({ name, inFeatures }): [string, Tensor] => [
        outputName(name),
        { data: new Float32Array(blocks * inFeatures), dims: [blocks, inFeatures] },
      ]),
    );
  }

  batchDone({ planned, outputs }: SeenBatch): Promise<void> {
    const { id } = planned.dataset;
    const sums = this.sums.get(id) ?? new Map<string, Float64Array>();
    this.sums.set(id, sums);
    for (const { name } of this.context.spec.groups) {
      const found = outputs[outputName(name)]?.data as Float32Array;
      const sum = sums.get(name) ?? new Float64Array(found.length);
      sums.set(name, sum);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (found[i] as number);
    }
    return Promise.resolve();
  }

  async endLayer(layer: number): Promise<() => Promise<void>> {
    const { context, replicates } = this;
    const scorer = await replicates.begin(context, forwardMethods(context.methods), 'forward', layer);
    try {
      for (const { dataset } of context.group.datasets) {
        for (const replicate of replicates.of(dataset.id)) {
          await scorer.scoreDataset(replicate.dataset, (group) => {
            const { inFeatures } = group;
            const sums = this.sums.get(dataset.id)?.get(group.name) ?? new Float64Array();
            const total = new Float64Array(inFeatures);
            for (const block of replicate.blocks) {
              for (let i = 0; i < inFeatures; i++) {
                total[i] = (total[i] as number) + (sums[block * inFeatures + i] as number);
              }
            }
            const squareSum = { data: Float32Array.from(total), dims: [1, inFeatures] };
            return { key: 'squareSum', build: squareSumQuantities, feeds: { squareSum } };
          });
        }
      }
    } catch (thrown) {
      await scorer.abort();
      throw thrown;
    }
    return () => scorer.finish();
  }
}
