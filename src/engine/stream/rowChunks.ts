import type { PassLimits } from './passContext';

export interface RowRange {
  readonly firstRow: number;
  readonly rows: number;
}

/** Sums of this many elements are still in a core's cache when the next sample's are added. */
const CACHED_ELEMENTS = 2 ** 18;
/** Fewer rows are not worth the packing of the matrix that they are multiplied with. */
const FEW_ROWS = 256;
/** Bits of two chunks share no byte: they may be set side by side. */
const STEP = 8;

/**
 * The rows of a matrix in parts to be scored one by one, about equally large. Results do not depend on the cuts.
 * @param limits no part has more than `chunkElements`, unless `STEP` rows have
 */
export function rowChunks(
  rows: number,
  columns: number,
  { chunkElements }: Pick<PassLimits, 'chunkElements'>,
): RowRange[] {
  const cached = Math.max(FEW_ROWS, Math.floor(CACHED_ELEMENTS / columns));
  const most = Math.max(STEP, down(Math.min(cached, Math.floor(chunkElements / columns))));
  const each = Math.ceil(rows / Math.ceil(rows / most) / STEP) * STEP;
  return Array.from({ length: Math.ceil(rows / each) }, (_, index) => ({
    firstRow: index * each,
    rows: Math.min(each, rows - index * each),
  }));
}

const down = (rows: number): number => rows - (rows % STEP);
