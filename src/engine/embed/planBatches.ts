export interface PlannedBatch {
  /** Indices of the texts. */
  readonly texts: readonly number[];
  /** Texts that the batch has room for: the last one is filled up with empty ones, so that shapes are few. */
  readonly rows: number;
  /** Tokens that all are padded to. */
  readonly length: number;
}

const ROUND_TO = 8;
/** Texts x tokens^2 of a batch: its attention scores are this many floats a head, 16 MiB. */
const MOST_SCORES = 16 * 512 ** 2;

/**
 * Texts of like length go together, short ones first; long ones in smaller batches.
 * @param lengths tokens of each text, none above maxPositions
 */
export function planBatches(
  lengths: readonly number[],
  { batchTexts, maxPositions }: { readonly batchTexts: number; readonly maxPositions: number },
): PlannedBatch[] {
  const order = lengths.map((_, i) => i).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const batches: PlannedBatch[] = [];
  let rows = batchTexts;
  for (let begin = 0; begin < order.length; begin += rows) {
    // The last of a batch is its longest.
    const padded = (): number => {
      const longest = lengths[order[Math.min(order.length, begin + rows) - 1] ?? 0] ?? 0;
      return Math.min(maxPositions, Math.ceil(Math.max(1, longest) / ROUND_TO) * ROUND_TO);
    };
    while (rows > 1 && rows * padded() ** 2 > MOST_SCORES) rows = Math.ceil(rows / 2);
    batches.push({ texts: order.slice(begin, begin + rows), rows, length: padded() });
  }
  return batches;
}
