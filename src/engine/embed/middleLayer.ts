import { readFile } from 'node:fs/promises';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { writeFileAtomic } from '../../store/atomicFile';
import type { ForwardObserver, SeenBatch } from '../stream/forwardObserver';
import type { PassContext, WorkFiles } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
import { checkState, sampleRows, type SampleRows } from '../stream/sampleRows';
import { poolStates } from './poolStates';

/** Blocks whose output is pooled: half of them, hidden_states[this]. */
export const middleLayer = ({ layers }: Pick<DecoderSpec, 'layers'>): number =>
  Math.max(1, Math.floor(layers / 2));

const middleFile = ({ workFile }: WorkFiles): string => workFile('similarity.f32');

/**
 * Without a sentence encoder, the studied model stands in: the mean of its middle layer over the tokens of a prompt
 * as it is fed, template included. The first token is left out: its state is huge in most models whatever the text
 * (an attention sink), and would be most of every mean. Rows (dataset of the group, sample), each of length 1.
 */
export class MiddleLayerObserver implements ForwardObserver {
  readonly key = '';
  readonly needsOutput: boolean;
  private readonly rows: SampleRows;
  private readonly means: Float32Array;

  constructor(private readonly pass: Pick<PassContext, 'spec' | 'group' | 'workFile'>) {
    this.needsOutput = pass.spec.layers === 1;
    this.rows = sampleRows(pass.group);
    this.means = new Float32Array(this.rows.count * pass.spec.hiddenSize);
  }

  extend(): void {
    // The block's output says it all.
  }

  feeds(): Record<string, never> {
    return {};
  }

  outputs(): Record<string, never> {
    return {};
  }

  beginLayer(): Promise<void> {
    return Promise.resolve();
  }

  batchDone({ layer, planned, batch, y }: SeenBatch): Promise<void> {
    if (!this.isMiddle(layer)) return Promise.resolve();
    const width = this.pass.spec.hiddenSize;
    const { id } = planned.dataset;
    const first = this.rows.first(id);
    if (y === null) throw new Error(`No output of ${id}.`);
    batch.samples.forEach((sample, index) => {
      const { responseStart } = sample;
      const begin = index * batch.length;
      const from = begin + (responseStart > 1 ? 1 : 0);
      const states = y.subarray(from * width, (begin + responseStart) * width);
      checkState(states, id, sample, layer);
      const row = first + (batch.sampleIndices[index] ?? 0);
      this.means.set(poolStates(states, width, 'mean'), row * width);
    });
    return Promise.resolve();
  }

  endLayer(layer: number): Promise<() => Promise<void>> {
    const { means, pass } = this;
    const bytes = new Uint8Array(means.buffer, means.byteOffset, means.byteLength);
    return Promise.resolve(() =>
      this.isMiddle(layer) ? writeFileAtomic(middleFile(pass), bytes) : Promise.resolve(),
    );
  }

  private isMiddle(layer: number): boolean {
    return layer === middleLayer(this.pass.spec) - 1;
  }
}

/** Embeddings by dataset id; null where the pass left none (there was none, or an older program began the run). */
export async function readMiddleLayer(
  files: WorkFiles,
  group: PassGroup,
  width: number,
): Promise<Map<string, Float32Array[]> | null> {
  const bytes = await readFile(middleFile(files)).catch(() => null);
  if (bytes?.byteLength !== sampleRows(group).count * width * 4) return null;
  const data = new Float32Array(new Uint8Array(bytes).buffer);
  let row = 0;
  return new Map(
    group.datasets.map(({ dataset }) => [
      dataset.id,
      dataset.samples.map(() => data.subarray(row * width, ++row * width)),
    ]),
  );
}
