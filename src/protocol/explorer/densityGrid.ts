/** Query `densityGrid`: how dense a combination of regions is by layer and module, and in each matrix. */
import * as z from 'zod/mini';
import { count } from './checks';
import { countGrid, maskChoice, maskUnit } from './maskQuery';
import { contract } from './queryContract';

const matrix = z.object({
  layer: z.nullable(count),
  /** q_proj and the like, q_proj.lora_A of an adapter; one of its layer. */
  label: z.string(),
  /** Hugging Face (PEFT) name of the parameter that is stored. */
  parameter: z.string(),
  /** First row of the parameter that is its own: not 0 in a fused one. */
  firstRow: count,
  shape: z.tuple([count, count]),
  /** Whether it is all of its parameter. */
  isWhole: z.boolean(),
  /** What of it a unit of the region is. */
  unitIs: z.enum(['weight', 'row', 'column', 'matrix']),
  size: count,
  units: count,
});
export type MaskMatrix = z.infer<typeof matrix>;

export const densityGrid = contract(
  maskChoice,
  z.object({ unit: maskUnit, grid: countGrid, matrices: z.array(matrix) }),
);
