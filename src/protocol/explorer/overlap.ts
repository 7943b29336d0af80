/** Query `overlap`: how the regions of one method overlap, by one measure, in all of the model or a part of it. */
import * as z from 'zod/mini';
import { count, matrix, ratio, shortText } from './checks';
import { contract } from './queryContract';

export const measure = z.enum(['iou', 'iouMacro', 'dice', 'overlapCoefficient']);
export type Measure = z.infer<typeof measure>;

/** Of parts of the model there is the IoU alone. */
export const scope = z.enum(['all', 'layer', 'module', 'head']);
export type Scope = z.infer<typeof scope>;

const pairs = z.object({
  /** Symmetric, in the order of `regions`. */
  values: matrix,
  /** Expected of random regions of the same sizes, in the same order. */
  random: matrix,
});
export type Pairs = z.infer<typeof pairs>;

const region = z.object({
  id: z.string(),
  size: count,
  density: ratio,
  /** Units left after subtracting the utility region; null without one. */
  isolatedSize: z.nullable(count),
});

/** What else a pair's IoU is to be judged against; null where it was not measured. */
const beside = z.object({
  magnitudeFloor: z.nullable(matrix),
  /** By region. */
  splitHalfCeiling: z.nullable(z.array(ratio)),
  /** Between floor and ceiling, not clamped. */
  position: z.nullable(z.array(z.array(z.nullable(z.number())))),
});

export const overlap = contract(
  z.object({
    method: shortText,
    measure,
    scope,
    /** Of the scope; the first one where it is none of them. */
    group: shortText,
  }),
  z.object({
    universe: count,
    regions: z.array(region),
    utility: z.nullable(z.object({ id: z.string(), size: count })),
    /** What a reader should know, one sentence each. */
    notes: z.array(z.string()),
    /** That the scope has, and the one that was counted; none for all. */
    groups: z.array(z.string()),
    group: z.string(),
    plain: pairs,
    /** After the utility region was taken away; null where there is no such figure. */
    isoUtility: z.nullable(pairs),
    /** Of the IoU in all of the model alone. */
    beside: z.nullable(beside),
  }),
);
