/** Query `headDensity`: how dense a combination of regions is by layer and attention head. */
import * as z from 'zod/mini';
import { countGrid, maskChoice, maskUnit } from './maskQuery';
import { contract } from './queryContract';

export const headDensity = contract(
  maskChoice,
  z.object({
    unit: maskUnit,
    /**
     * Of q, k, v and o; under grouped-query attention k and v have fewer heads. Empty where the heads are not known, or
     * the region has none.
     */
    heads: z.array(z.extend(countGrid, { key: z.string() })),
  }),
);
