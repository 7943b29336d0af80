/** What the queries of the view of masks have in common. */
import * as z from 'zod/mini';
import { count, shortText } from './checks';

const MOST_REGIONS = 200;

/** Units that every region of `keep` holds and none of `without`. Ids are LABEL/ID where several runs are compared. */
export const maskChoice = z.object({
  method: shortText,
  keep: z.array(shortText).check(z.minLength(1), z.maxLength(MOST_REGIONS)),
  without: z.array(shortText).check(z.maxLength(MOST_REGIONS)),
});
export type MaskChoice = z.infer<typeof maskChoice>;

export const maskUnit = z.enum(['weight', 'neuron', 'layer']);

const cells = z.array(z.array(z.nullable(count)));

/** Counts by layer (rows; null: outside the layers) and by what `columns` name; null where a layer has no such cell. */
export const countGrid = z.object({
  layers: z.array(z.nullable(count)),
  columns: z.array(z.string()),
  /** Units of the region, and all units. */
  sizes: cells,
  units: cells,
});
export type CountGridAnswer = z.infer<typeof countGrid>;
