import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';

type TransposeAttributes = { readonly perm: readonly number[] };

/** Axis i of the result is axis perm[i] of the input. */
export const transposeOp: OpDefinition<TransposeAttributes> = {
  type: 'Transpose',
  infer(inputs, { perm }) {
    const { dtype, shape } = at(inputs, 0);
    if (perm.length !== shape.length || !shape.every((_, axis) => perm.includes(axis))) {
      throw graphError(`[${perm.join()}] is no permutation of ${shape.length} axes.`);
    }
    return [{ dtype, shape: perm.map((axis) => at(shape, axis)) }];
  },
  gradient: (b, { attrs }, [dy]) => [
    dy &&
      transpose(
        b,
        dy,
        attrs.perm.map((_, axis) => attrs.perm.indexOf(axis)),
      ),
  ],
};

export const transpose = (b: GraphBuilder, x: Value, perm: readonly number[]): Value =>
  at(b.apply(transposeOp, [x], { perm }), 0);
