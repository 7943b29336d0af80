import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, resolveAxis, sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { slice } from './slice';

type ConcatAttributes = { readonly axis: number };

export const concatOp: OpDefinition<ConcatAttributes> = {
  type: 'Concat',
  infer(inputs, { axis }) {
    const { dtype, shape } = at(inputs, 0);
    let extent = 0;
    for (const input of inputs) {
      if (input.dtype !== dtype || !sameShape(replaceAt(input.shape, axis, 0), replaceAt(shape, axis, 0))) {
        throw graphError(`${showShape(shape)} and ${showShape(input.shape)} do not join along axis ${axis}.`);
      }
      extent += at(input.shape, axis);
    }
    return [{ dtype, shape: replaceAt(shape, axis, extent) }];
  },
  gradient(b, { inputs, attrs: { axis } }, [dy], needs) {
    let start = 0;
    return inputs.map((input, index) => {
      const end = start + at(input.shape, axis);
      const piece = dy && needs[index] ? slice(b, dy, axis, start, end) : undefined;
      start = end;
      return piece;
    });
  },
};

export function concat(b: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const first = at(parts, 0);
  if (parts.length === 1) return first;
  return at(b.apply(concatOp, parts, { axis: resolveAxis(axis, first.shape.length) }), 0);
}
