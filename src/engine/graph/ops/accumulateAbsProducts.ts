import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

/**
 * acc + sum over b of |dY_b^T X_b|: the summed magnitudes of the samples' own weight gradients of a linear map with
 * input X [B, S, I] and output gradient dY [B, S, O] (SNIP needs the magnitude before the sum over samples).
 *
 * CPU: a Scan over samples carries the accumulator, so no [B, O, I] tensor exists and each product is still warm
 * in the cache when it is added. Scan is slow or missing on GPU providers; there the batch is multiplied at once.
 */
export const accumulateAbsProductsOp: OpDefinition = {
  type: 'AccumulateAbsProducts',
  infer(inputs) {
    const [acc, dy, x] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const expected = [dy.shape[2] ?? 0, x.shape[2] ?? 0];
    if (!sameShape(dy.shape.slice(0, 2), x.shape.slice(0, 2)) || !sameShape(acc.shape, expected)) {
      const shapes = [acc, dy, x].map(({ shape }) => showShape(shape));
      throw graphError(
        `accumulateAbsProducts of ${shapes.join(', ')}: expected [O, I], [B, S, O], [B, S, I].`,
      );
    }
    return [{ dtype: acc.dtype, shape: acc.shape }];
  },
  lower(e, inputs, { inputs: values }) {
    const [acc, dy, x] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const turned = e.op('Transpose', [dy], { attributes: { perm: [0, 2, 1] } });
    if (e.target === 'portable') {
      const magnitudes = e.op('Abs', [e.op('MatMul', [turned, x])]);
      return [
        e.op('Add', [acc, e.op('ReduceSum', [magnitudes, e.ints([0])], { attributes: { keepdims: 0 } })]),
      ];
    }
    const { dtype, shape } = at(values, 0);
    const [outputs, features] = [at(shape, 0), at(shape, 1)];
    const length = at(at(values, 1).shape, 1);
    const types = [shape, [outputs, length], [length, features]].map((extents) => ({
      dtype,
      shape: extents,
    }));
    const body = e.body('sample', types, types.slice(0, 1), (inner, [sum, dyT, xs]) => {
      if (!sum || !dyT || !xs) throw graphError('The body of a Scan lacks an input.');
      return [inner.op('Add', [sum, inner.op('Abs', [inner.op('MatMul', [dyT, xs])])])];
    });
    return [e.op('Scan', [acc, turned, x], { attributes: { body: { graph: body }, num_scan_inputs: 2 } })];
  },
};

export const accumulateAbsProducts = (b: GraphBuilder, acc: Value, dy: Value, x: Value): Value =>
  at(b.apply(accumulateAbsProductsOp, [acc, dy, x]), 0);
