import type { Sample } from '../../core/run/sample';
import { inputError } from '../../protocol/errors';
import type { PassGroup } from './passPlan';

/** One row a sample, dataset after dataset of a group, each in the order of its samples. */
export interface SampleRows {
  readonly count: number;
  /** Row of a dataset's first sample. @throws Error for a dataset of another group */
  first(datasetId: string): number;
}

export function sampleRows({ datasets }: PassGroup): SampleRows {
  const firsts = new Map<string, number>();
  let count = 0;
  for (const { dataset } of datasets) {
    firsts.set(dataset.id, count);
    count += dataset.samples.length;
  }
  return {
    count,
    first: (id) => {
      const found = firsts.get(id);
      if (found === undefined) throw new Error(`The dataset '${id}' is in another group.`);
      return found;
    },
  };
}

/** @throws ToolError activation-not-finite */
export function checkState(states: Float32Array, datasetId: string, { row }: Sample, layer: number): void {
  if (states.every(Number.isFinite)) return;
  throw inputError(
    'activation-not-finite',
    `Dataset '${datasetId}', row ${row}, layer ${layer}: the hidden state overflows or is NaN.`,
    'Check the weights of the model: does it answer in float32?',
  );
}
