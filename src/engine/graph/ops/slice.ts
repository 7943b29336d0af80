import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, resolveAxis, showShape } from '../shapes';
import { at, type Value } from '../value';
import { concat } from './concat';
import { zeros } from './expand';

type SliceAttributes = { readonly axis: number; readonly start: number; readonly end: number };

/** Positions start (inclusive) to end (exclusive) of one axis. */
export const sliceOp: OpDefinition<SliceAttributes> = {
  type: 'Slice',
  infer(inputs, { axis, start, end }) {
    const { dtype, shape } = at(inputs, 0);
    if (start < 0 || end <= start || end > at(shape, axis)) {
      throw graphError(`${showShape(shape)} has no positions ${start} to ${end} along axis ${axis}.`);
    }
    return [{ dtype, shape: replaceAt(shape, axis, end - start) }];
  },
  lower: (e, inputs, { attrs: { axis, start, end } }) => [
    e.op('Slice', [at(inputs, 0), e.ints([start]), e.ints([end]), e.ints([axis])]),
  ],
  gradient(b, { inputs, attrs: { axis, start, end } }, [dy]) {
    if (!dy) return [];
    const { shape } = at(inputs, 0);
    const extent = at(shape, axis);
    const pad = (length: number): Value[] => (length > 0 ? [zeros(b, replaceAt(shape, axis, length))] : []);
    return [concat(b, [...pad(start), dy, ...pad(extent - end)], axis)];
  },
};

export function slice(b: GraphBuilder, x: Value, axis: number, start: number, end: number): Value {
  const resolved = resolveAxis(axis, x.shape.length);
  if (start === 0 && end === x.shape[resolved]) return x;
  return at(b.apply(sliceOp, [x], { axis: resolved, start, end }), 0);
}
