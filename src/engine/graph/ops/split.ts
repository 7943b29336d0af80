import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, resolveAxis, showShape } from '../shapes';
import { at, type Value } from '../value';
import { concat } from './concat';
import { zeros } from './expand';

type SplitAttributes = { readonly axis: number; readonly sizes: readonly number[] };

/** Pieces of the given sizes along an axis. */
export const splitOp: OpDefinition<SplitAttributes> = {
  type: 'Split',
  infer(inputs, { axis, sizes }) {
    const { dtype, shape } = at(inputs, 0);
    if (sizes.reduce((sum, size) => sum + size, 0) !== shape[axis]) {
      throw graphError(`${showShape(shape)} does not split into [${sizes.join()}] along axis ${axis}.`);
    }
    return sizes.map((size) => ({ dtype, shape: replaceAt(shape, axis, size) }));
  },
  lower: (e, inputs, { attrs: { axis, sizes } }) =>
    e.multi('Split', [at(inputs, 0), e.ints(sizes)], sizes.length, { attributes: { axis } }),
  gradient(b, { outputs, attrs }, dys) {
    const pieces = outputs.map((output, index) => dys[index] ?? zeros(b, output.shape));
    return [concat(b, pieces, attrs.axis)];
  },
};

export function split(b: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  if (sizes.length === 1 && sizes[0] === x.shape.at(axis)) return [x];
  return b.apply(splitOp, [x], { axis: resolveAxis(axis, x.shape.length), sizes });
}
