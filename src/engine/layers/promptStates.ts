import type { PreparedDataset } from '../../core/run/sample';
import type { VectorRows } from '../../core/layers/cosine';
import { writeFileAtomic } from '../../store/atomicFile';
import type { ForwardObserver, SeenBatch } from '../stream/forwardObserver';
import { layerName, type PassContext, type WorkFiles } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
import { RowFile } from '../stream/rowFile';
import { checkState, sampleRows, type SampleRows } from '../stream/sampleRows';

const stateFile = ({ workFile }: WorkFiles, layer: number): string =>
  workFile(`safeLayer-${layerName(layer)}.f32`);

/**
 * Keeps the hidden state after every block at the last token of each prompt: one file a layer, rows (dataset of the
 * group, sample) of hiddenSize float32 values. Right padding does not matter: the position is counted from the front.
 */
export class PromptStateObserver implements ForwardObserver {
  readonly key = '';
  readonly needsOutput = true;
  private readonly rows: SampleRows;
  private states = new Float32Array();

  constructor(private readonly pass: PassContext) {
    this.rows = sampleRows(pass.group);
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
    this.states = new Float32Array(this.rows.count * this.pass.spec.hiddenSize);
    return Promise.resolve();
  }

  batchDone({ layer, planned, batch, y }: SeenBatch): Promise<void> {
    const width = this.pass.spec.hiddenSize;
    const { id } = planned.dataset;
    const first = this.rows.first(id);
    if (y === null) throw new Error(`No output of ${id}.`);
    batch.samples.forEach((sample, index) => {
      const from = (index * batch.length + sample.responseStart - 1) * width;
      const state = y.subarray(from, from + width);
      checkState(state, id, sample, layer);
      this.states.set(state, (first + (batch.sampleIndices[index] ?? 0)) * width);
    });
    return Promise.resolve();
  }

  endLayer(layer: number): Promise<() => Promise<void>> {
    const { states, pass } = this;
    const bytes = new Uint8Array(states.buffer, states.byteOffset, states.byteLength);
    return Promise.resolve(() => writeFileAtomic(stateFile(pass, layer), bytes));
  }
}

/** The states of one dataset, read back a layer at a time. */
export class PromptStates {
  constructor(
    private readonly files: WorkFiles,
    private readonly group: PassGroup,
    private readonly dataset: Pick<PreparedDataset, 'id' | 'samples'>,
    private readonly width: number,
  ) {}

  get count(): number {
    return this.dataset.samples.length;
  }

  async read(layer: number): Promise<VectorRows> {
    const { width, count } = this;
    const data = new Float32Array(count * width);
    const file = await RowFile.open(stateFile(this.files, layer), width);
    try {
      await file.read(sampleRows(this.group).first(this.dataset.id), data);
    } finally {
      await file.close();
    }
    return { data, width };
  }
}
