import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { PreparedDataset, Sample } from '../../core/run/sample';
import { rotationChangesAfter } from '../blocks/rotaryTables';

/** Padded lengths are multiples of this: fewer graph shapes, little padding. */
const LENGTH_STEP = 8;

/** Samples of one dataset that go through a block together, right-padded to `length`. */
export interface MicroBatch {
  readonly samples: readonly Sample[];
  /** Index of each sample in its dataset. */
  readonly sampleIndices: readonly number[];
  readonly length: number;
  /** First row of this batch in the group's boundary activations: rows are (sample, position), padding included. */
  readonly firstRow: number;
}

export interface PlannedDataset {
  readonly dataset: PreparedDataset;
  readonly batches: readonly MicroBatch[];
}

/** Datasets that share one pass over the layers. */
export interface PassGroup {
  readonly datasets: readonly PlannedDataset[];
  readonly rows: number;
}

/** Tokens of the longest text in the batch. */
export const longestText = ({ samples }: MicroBatch): number => samples[0]?.tokenIds.length ?? 0;

export const batchRows = (batch: MicroBatch): number => batch.samples.length * batch.length;

/**
 * Micro-batches by length (long ones first, so that a lack of memory shows at once), at most `maxRows` rows each but
 * at least one sample; as even as they can be and, where there are more than one, an even number if the texts allow it:
 * two go through a block side by side. Regions do not depend on it: sums over samples are taken in this order, whatever
 * the machine.
 * @param apartAfter texts longer than this share no batch with shorter ones
 */
export function planDataset(
  dataset: PreparedDataset,
  maxRows: number,
  firstRow: number,
  apartAfter = Infinity,
): PlannedDataset {
  const order = dataset.samples
    .map((sample, index) => ({ sample, index }))
    .sort((a, b) => b.sample.tokenIds.length - a.sample.tokenIds.length || a.index - b.index);
  const cut = (rows: number): MicroBatch[] => cutBatches(order, rows, firstRow, apartAfter);
  const widest = cut(maxRows);
  const wanted = widest.length === 1 ? 1 : widest.length + (widest.length % 2);
  // The smallest batches that are not more than that.
  let [low, high] = [1, maxRows];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cut(middle).length <= wanted) high = middle;
    else low = middle + 1;
  }
  return { dataset, batches: cut(low) };
}

interface OrderedSample {
  readonly sample: Sample;
  readonly index: number;
}

function cutBatches(
  order: readonly OrderedSample[],
  maxRows: number,
  firstRow: number,
  apartAfter: number,
): MicroBatch[] {
  const batches: MicroBatch[] = [];
  let row = firstRow;
  for (let start = 0; start < order.length;) {
    const length = paddedLength(order[start]?.sample.tokenIds.length ?? 0);
    const size = Math.max(1, Math.floor(maxRows / length));
    const isLong = ({ sample }: { readonly sample: Sample }): boolean => sample.tokenIds.length > apartAfter;
    const near = order.slice(start, start + size);
    const members = near.filter((entry) => isLong(entry) === near.slice(0, 1).some(isLong));
    batches.push({
      samples: members.map(({ sample }) => sample),
      sampleIndices: members.map(({ index }) => index),
      length,
      firstRow: row,
    });
    row += members.length * length;
    start += members.length;
  }
  return batches;
}

const paddedLength = (tokens: number): number => Math.ceil(tokens / LENGTH_STEP) * LENGTH_STEP;

/**
 * Datasets in the order given, as many a group as the disk budget holds boundary activations for. A dataset larger
 * than the budget has a group of its own; whether it fits is the estimate's to say.
 */
export function planGroups(
  datasets: readonly PreparedDataset[],
  spec: DecoderSpec,
  options: { readonly maxRows: number; readonly diskBudgetBytes: number; readonly keepsAllLayers: boolean },
): PassGroup[] {
  const apartAfter = rotationChangesAfter(spec);
  const groups: PassGroup[] = [];
  let current: PlannedDataset[] = [];
  let rows = 0;
  const close = (): void => {
    if (current.length > 0) groups.push({ datasets: current, rows });
    current = [];
    rows = 0;
  };
  for (const dataset of datasets) {
    let planned = planDataset(dataset, options.maxRows, rows, apartAfter);
    const added = planned.batches.reduce((sum, batch) => sum + batchRows(batch), 0);
    if (rows > 0 && boundaryBytes(rows + added, spec, options.keepsAllLayers) > options.diskBudgetBytes) {
      close();
      planned = planDataset(dataset, options.maxRows, 0, apartAfter);
    }
    current.push(planned);
    rows += added;
  }
  close();
  return groups;
}

/**
 * Disk that the boundary activations of `rows` take at most: one file a layer, or where only the last is kept its own,
 * the next one and the one before, whose removal may wait for the disk.
 */
export function boundaryBytes(rows: number, spec: DecoderSpec, keepsAllLayers: boolean): number {
  const files = keepsAllLayers ? spec.layers + 3 : 3;
  return rows * spec.hiddenSize * 4 * files;
}

/**
 * Positions whose logits predict a response token (METHODS.md T5): responseStart - 1 up to the last but one. Nothing
 * predicts the first token of a text without a prompt.
 */
export function lossPositions(sample: Sample): number[] {
  return range(Math.max(0, sample.responseStart - 1), sample.tokenIds.length - 1);
}

/** Positions that hold a response token: where Wanda takes inputs (METHODS.md T5). */
export function responsePositions(sample: Sample): number[] {
  return range(sample.responseStart, sample.tokenIds.length);
}

function range(begin: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - begin) }, (_, offset) => begin + offset);
}
