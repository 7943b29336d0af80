/** Query `overlap`: how the regions of one method overlap, with their random floors. */
import * as z from 'zod/mini';
import { count, curve, matrix, ratio, shortText } from './checks';
import { contract } from './queryContract';

/** One view of a method's regions: as selected, or after the utility region was taken away. */
const overlapView = z.object({
  /** Symmetric, in the order of `regions`. */
  pairwise: matrix,
  /** Expected IoU of random regions of the same densities, in the same order. */
  randomPairwise: matrix,
  /** n-way IoU for n = 1.. adding regions from the first on, or from the last on, with their random floors. */
  forward: curve,
  backward: curve,
  randomForward: curve,
  randomBackward: curve,
});
export type OverlapView = z.infer<typeof overlapView>;

const region = z.object({
  id: z.string(),
  size: count,
  density: ratio,
  /** Units left after subtracting the utility region; null without one. */
  isolatedSize: z.nullable(count),
});

export const overlap = contract(
  z.object({ method: shortText }),
  z.object({
    universe: count,
    regions: z.array(region),
    utility: z.nullable(z.object({ id: z.string(), size: count })),
    /** What a reader should know, one sentence each. */
    notes: z.array(z.string()),
    plain: overlapView,
    isoUtility: z.nullable(overlapView),
  }),
);
