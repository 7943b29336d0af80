import { readFile } from 'node:fs/promises';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { inputError } from '../../protocol/errors';
import { writeFileAtomic } from '../../store/atomicFile';
import type { ForwardObserver, SeenBatch } from '../stream/forwardObserver';
import type { PassContext, WorkFiles } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
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
  private readonly firstRows = new Map<string, number>();
  private readonly means: Float32Array;

  constructor(private readonly pass: Pick<PassContext, 'spec' | 'group' | 'workFile'>) {
    this.needsOutput = pass.spec.layers === 1;
    let rows = 0;
    for (const { dataset } of pass.group.datasets) {
      this.firstRows.set(dataset.id, rows);
      rows += dataset.samples.length;
    }
    this.means = new Float32Array(rows * pass.spec.hiddenSize);
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
    const first = this.firstRows.get(planned.dataset.id);
    if (first === undefined || y === null) throw new Error(`No output of ${planned.dataset.id}.`);
    batch.samples.forEach(({ responseStart, row: source }, index) => {
      const begin = index * batch.length;
      const from = begin + (responseStart > 1 ? 1 : 0);
      const states = y.subarray(from * width, (begin + responseStart) * width);
      if (!states.every(Number.isFinite)) {
        throw inputError(
          'activation-not-finite',
          `Dataset '${planned.dataset.id}', row ${source}, layer ${layer}: the hidden state overflows or is NaN.`,
          'Check the weights of the model: does it answer in float32?',
        );
      }
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
  const rows = group.datasets.reduce((sum, { dataset }) => sum + dataset.samples.length, 0);
  if (bytes?.byteLength !== rows * width * 4) return null;
  const data = new Float32Array(new Uint8Array(bytes).buffer);
  let row = 0;
  return new Map(
    group.datasets.map(({ dataset }) => [
      dataset.id,
      dataset.samples.map(() => data.subarray(row * width, ++row * width)),
    ]),
  );
}
