import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { showShape } from '../shapes';
import { at, type Value } from '../value';

/** One element of each row of x [R, C], by its column int64 [R, 1], as [R, 1]. No gradient is ever asked of it. */
export const pickColumnsOp: OpDefinition = {
  type: 'PickColumns',
  infer(inputs) {
    const [x, columns] = [at(inputs, 0), at(inputs, 1)];
    if (x.shape.length !== 2 || columns.shape.join() !== `${x.shape[0]},1` || columns.dtype !== 'int64') {
      throw graphError(
        `pickColumns of ${showShape(x.shape)} by ${columns.dtype}${showShape(columns.shape)}.`,
      );
    }
    return [{ dtype: x.dtype, shape: columns.shape }];
  },
  lower: (e, inputs) => [e.op('GatherElements', [at(inputs, 0), at(inputs, 1)], { attributes: { axis: 1 } })],
};

export const pickColumns = (b: GraphBuilder, x: Value, columns: Value): Value =>
  at(b.apply(pickColumnsOp, [x, columns]), 0);
