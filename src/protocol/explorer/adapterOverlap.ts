/** Query `adapterOverlap`: IoU of NLSR's regions, of both factors pooled and of each alone. */
import * as z from 'zod/mini';
import { matrix } from './checks';
import { contract } from './queryContract';

const part = z.object({
  part: z.enum(['pooled', 'A', 'B']),
  /** In the order of `regions`. */
  pairwise: matrix,
  randomPairwise: matrix,
});

export const adapterOverlap = contract(
  z.object({}),
  z.object({ regions: z.array(z.string()), parts: z.array(part) }),
);
