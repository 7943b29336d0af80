/** Query `tileMap`: one matrix, or some of its rows and columns, tile by tile. */
import * as z from 'zod/mini';
import { count, shortText } from './checks';
import { maskChoice, maskUnit } from './maskQuery';
import { contract } from './queryContract';

const index = z.int().check(z.nonnegative());
const range = z.tuple([index, index]);
/** Rows [from, to) and columns of the stored parameter. */
export const matrixWindow = z.object({ rows: range, columns: range });
const cells = z.array(z.array(count));

export const tileMap = contract(
  z.extend(maskChoice, {
    layer: z.nullable(index),
    /** `label` of one of the layer's matrices. */
    matrix: shortText,
    /** null: all of it. */
    window: z.nullable(matrixWindow),
  }),
  z.object({
    unit: maskUnit,
    /** Where tiles begin in the stored parameter, and where the last one ends. */
    rowEdges: z.array(count),
    columnEdges: z.array(count),
    /** Units of the region, and all units, in each tile. */
    sizes: cells,
    units: cells,
  }),
);
