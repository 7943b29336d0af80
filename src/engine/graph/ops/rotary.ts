import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { Edge } from '../onnx/emitter';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

type RotaryAttributes = { readonly inverse: boolean };

/**
 * Rotary position embedding (Su et al. 2021), halves of a head paired as in the Hugging Face models:
 * x [batch, heads, S, d] = (a, c), cos and sin [S, d / 2]: y = (a cos - c sin, c cos + a sin).
 * A rotation, so the gradient is the inverse rotation, which changes the sign of sin.
 */
export const rotaryOp: OpDefinition<RotaryAttributes> = {
  type: 'Rotary',
  infer(inputs) {
    const [x, cos, sin] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const table = [x.shape[2] ?? 0, (x.shape[3] ?? 0) / 2];
    if (x.shape.length !== 4 || !sameShape(cos.shape, table) || !sameShape(sin.shape, table)) {
      const shapes = [x, cos, sin].map(({ shape }) => showShape(shape));
      throw graphError(`rotary of ${shapes.join(', ')}: expected [batch, heads, S, d], [S, d / 2] twice.`);
    }
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  lower(e, inputs, { attrs: { inverse } }) {
    const [x, cos, sin] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    if (e.target === 'cpu') {
      const turn = inverse ? e.op('Neg', [sin]) : sin;
      return [e.op('RotaryEmbedding', [x, e.ints([0]), cos, turn], { domain: 'com.microsoft' })];
    }
    const [a, c] = e.multi('Split', [x], 2, { attributes: { axis: -1, num_outputs: 2 } });
    if (!a || !c) throw graphError('Split has two outputs.');
    const product = (half: Edge, table: Edge): Edge => e.op('Mul', [half, table]);
    const parts = [
      e.op(inverse ? 'Add' : 'Sub', [product(a, cos), product(c, sin)]),
      e.op(inverse ? 'Sub' : 'Add', [product(c, cos), product(a, sin)]),
    ];
    return [e.op('Concat', parts, { attributes: { axis: -1 } })];
  },
  gradient(b, { inputs, attrs }, [dy], needs) {
    if (needs[1] || needs[2]) throw graphError('The tables of rotary have no gradient.');
    return [dy && at(b.apply(rotaryOp, [dy, at(inputs, 1), at(inputs, 2)], { inverse: !attrs.inverse }), 0)];
  },
};

export const rotary = (b: GraphBuilder, x: Value, cos: Value, sin: Value): Value =>
  at(b.apply(rotaryOp, [x, cos, sin], { inverse: false }), 0);
