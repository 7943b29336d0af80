import { blockOf } from '../../core/run/replicates';
import { groupRows } from '../../core/model/decoderSpec';
import type { PreparedDataset } from '../../core/run/sample';
import type { Tensor } from '../ort/runtime';
import { blockQuantities } from './blockPrograms';
import { inOrder } from './inOrder';
import type { LayerScorer } from './layerScorer';
import { breathe, type PassContext } from './passContext';
import type { MicroBatch } from './passPlan';
import type { HeldPair, PairBuffer } from './pairBuffer';
import { pairSum, runPairSum, type GroupRows } from './pairSums';
import type { ReplicatePass } from './replicatePass';
import { rowChunks } from './rowChunks';

/**
 * Sums over the samples of each block of |dY^T X| (SNIP) of one dataset at one layer, and the replicates' regions from
 * them. The sum over all samples is not made of these: with replicates or without, a region's bits are the same.
 */
export class BlockGradients {
  private readonly isBegun = new Set<string>();

  constructor(
    private readonly context: PassContext,
    private readonly replicates: ReplicatePass,
    private readonly dataset: PreparedDataset,
  ) {}

  /** Adds the pairs that the buffer holds, which are of these micro-batches. */
  async add(pairs: PairBuffer, held: readonly MicroBatch[]): Promise<void> {
    const { spec, limits, programs, signal } = this.context;
    if (this.replicates.of(this.dataset.id).length === 0) return;
    const items = spec.groups.flatMap((group) => {
      const byBlock = this.pairsByBlock(pairs.held(group), held);
      return rowChunks(groupRows(group), group.inFeatures, limits).flatMap((range) =>
        byBlock.flatMap((samples, block) =>
          samples.length > 0 ? [{ group, block, samples, ...range }] : [],
        ),
      );
    });
    await inOrder(
      programs.width,
      items,
      async ({ block, samples, ...chunk }, slot) => {
        const isBegun = this.isBegun.has(`${chunk.group.name} ${block}`);
        const before = isBegun ? this.rowsOf(block, chunk) : undefined;
        return runPairSum(this.context, chunk, pairSum(this.context, chunk, samples, before), slot);
      },
      async ({ block, ...chunk }, sum) => {
        this.rowsOf(block, chunk).set(sum);
        await breathe(signal);
      },
    );
    for (const { group, block } of items) this.isBegun.add(`${group.name} ${block}`);
  }

  /** The replicates' regions of this layer. */
  async score(scorer: LayerScorer): Promise<void> {
    for (const { dataset, blocks } of this.replicates.of(this.dataset.id)) {
      const inverseCount: Tensor = { data: Float32Array.of(1 / dataset.samples.length), dims: [] };
      await scorer.scoreDataset(dataset, (group, firstRow, rows) => {
        // A block that has no sample has no sum.
        const used = blocks.filter((block) => this.isBegun.has(`${group.name} ${block}`));
        const sums = used.map((block, k): [string, Tensor] => [
          `block.${k}`,
          { data: this.rowsOf(block, { group, firstRow, rows }), dims: [rows, group.inFeatures] },
        ]);
        return {
          key: `blocks ${used.length}`,
          build: blockQuantities(used.length),
          feeds: { ...Object.fromEntries(sums), inverseCount },
        };
      });
    }
  }

  /** By block, the pairs of its samples one by one. */
  private pairsByBlock(pairs: readonly HeldPair[], held: readonly MicroBatch[]): HeldPair[][] {
    const byBlock: HeldPair[][] = Array.from({ length: this.replicates.blocks }, () => []);
    for (const [at, { sampleIndices }] of held.entries()) {
      const pair = pairs[at];
      if (!pair) throw new Error('A micro-batch has no pair.');
      for (const [slot, sample] of sampleIndices.entries()) {
        byBlock[blockOf(sample, this.replicates.blocks)]?.push({
          dY: one(pair.dY, slot),
          X: one(pair.X, slot),
        });
      }
    }
    return byBlock;
  }

  private rowsOf(block: number, { group, firstRow, rows }: GroupRows): Float32Array {
    return this.context.scratch
      .take(`replicates.block.${block}.${group.name}`, groupRows(group) * group.inFeatures)
      .subarray(firstRow * group.inFeatures, (firstRow + rows) * group.inFeatures);
  }
}

/** One sample of (batch, length, width). */
function one({ data, dims }: HeldPair['dY'], slot: number): HeldPair['dY'] {
  const [length, width] = [dims[1] ?? 0, dims[2] ?? 0];
  return {
    data: data.subarray(slot * length * width, (slot + 1) * length * width),
    dims: [1, length, width],
  };
}
