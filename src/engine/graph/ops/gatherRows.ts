import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { showShape } from '../shapes';
import { at, type Value } from '../value';

/** Rows of x [R, H] by their indices int64 [N], as [N, H]. No gradient is ever asked of it. */
export const gatherRowsOp: OpDefinition = {
  type: 'GatherRows',
  infer(inputs) {
    const [x, rows] = [at(inputs, 0), at(inputs, 1)];
    if (x.shape.length !== 2 || rows.shape.length !== 1 || rows.dtype !== 'int64') {
      throw graphError(`gatherRows of ${showShape(x.shape)} by ${rows.dtype}${showShape(rows.shape)}.`);
    }
    return [{ dtype: x.dtype, shape: [at(rows.shape, 0), at(x.shape, 1)] }];
  },
  lower: (e, inputs) => [e.op('Gather', [at(inputs, 0), at(inputs, 1)], { attributes: { axis: 0 } })],
};

export const gatherRows = (b: GraphBuilder, x: Value, rows: Value): Value =>
  at(b.apply(gatherRowsOp, [x, rows]), 0);
