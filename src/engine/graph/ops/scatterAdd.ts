import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';

type ScatterAttributes = { readonly amount: number };

/** x [R, V] with `amount` added in each row at the column that indices int64 [R, 1] names. */
export const scatterAddOp: OpDefinition<ScatterAttributes> = {
  type: 'ScatterAdd',
  infer(inputs) {
    if (at(inputs, 0).shape.length !== 2 || at(inputs, 1).dtype !== 'int64') {
      throw graphError('scatterAdd needs a matrix and int64 columns.');
    }
    return unaryType(inputs);
  },
  lower(e, inputs, { inputs: values, attrs }) {
    const rows = at(at(values, 0).shape, 0);
    const amounts = e.op('Expand', [e.scalar(attrs.amount), e.ints([rows, 1])]);
    const attributes = { axis: 1, reduction: 'add' };
    return [e.op('ScatterElements', [at(inputs, 0), at(inputs, 1), amounts], { attributes })];
  },
  gradient: (_b, _node, [dy]) => [dy],
};

export const scatterAdd = (b: GraphBuilder, x: Value, indices: Value, amount: number): Value =>
  at(b.apply(scatterAddOp, [x, indices], { amount }), 0);
