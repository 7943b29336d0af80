import type { PreparedDataset } from '../../core/run/sample';
import type { VectorRows } from '../../core/layers/cosine';
import { inputError } from '../../protocol/errors';
import { writeFileAtomic } from '../../store/atomicFile';
import type { ForwardObserver, SeenBatch } from '../stream/forwardObserver';
import { layerName, type PassContext, type WorkFiles } from '../stream/passContext';
import type { PassGroup } from '../stream/passPlan';
import { RowFile } from '../stream/rowFile';

const stateFile = ({ workFile }: WorkFiles, layer: number): string =>
  workFile(`safeLayer-${layerName(layer)}.f32`);

/**
 * Keeps the hidden state after every block at the last token of each prompt: one file a layer, rows (dataset of the
 * group, sample) of hiddenSize float32 values. Right padding does not matter: the position is counted from the front.
 */
export class PromptStateObserver implements ForwardObserver {
  readonly key = '';
  readonly needsOutput = true;
  private readonly firstRows: ReadonlyMap<string, number>;
  private readonly rows: number;
  private states = new Float32Array();

  constructor(private readonly pass: PassContext) {
    this.firstRows = firstRows(pass.group);
    this.rows = pass.group.datasets.reduce((sum, { dataset }) => sum + dataset.samples.length, 0);
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
    this.states = new Float32Array(this.rows * this.pass.spec.hiddenSize);
    return Promise.resolve();
  }

  batchDone({ layer, planned, batch, y }: SeenBatch): Promise<void> {
    const width = this.pass.spec.hiddenSize;
    const first = this.firstRows.get(planned.dataset.id);
    if (first === undefined || y === null) throw new Error(`No output of ${planned.dataset.id}.`);
    batch.samples.forEach(({ responseStart, row }, index) => {
      const from = (index * batch.length + responseStart - 1) * width;
      const state = y.subarray(from, from + width);
      if (!state.every(Number.isFinite)) {
        throw inputError(
          'activation-not-finite',
          `Dataset '${planned.dataset.id}', row ${row}, layer ${layer}: the hidden state overflows or is NaN.`,
          'Check the weights of the model: does it answer in float32?',
        );
      }
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

function firstRows(group: PassGroup): Map<string, number> {
  let next = 0;
  return new Map(
    group.datasets.map(({ dataset }) => {
      const first = next;
      next += dataset.samples.length;
      return [dataset.id, first];
    }),
  );
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
      await file.read(firstRows(this.group).get(this.dataset.id) ?? 0, data);
    } finally {
      await file.close();
    }
    return { data, width };
  }
}
