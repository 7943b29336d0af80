import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { replaceAt, sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { sumTo } from './elementwise';
import { mul } from './mul';
import { reduceMean } from './reduceMean';
import { sub } from './sub';

type RmsNormAttributes = { readonly eps: number };

/**
 * Root mean square normalisation (Zhang and Sennrich 2019) of the last axis, x [..., H], gain [H]:
 * r = 1 / sqrt(mean(x^2) + eps), n = r x, y = gain n. Outputs y, and n and r for the gradient.
 */
export const rmsNormOp: OpDefinition<RmsNormAttributes> = {
  type: 'RmsNorm',
  infer(inputs) {
    const [{ dtype, shape }, gain] = [at(inputs, 0), at(inputs, 1)];
    if (!sameShape(gain.shape, shape.slice(-1))) {
      throw graphError(`rmsNorm of ${showShape(shape)} with a gain of ${showShape(gain.shape)}.`);
    }
    return [
      { dtype, shape },
      { dtype, shape },
      { dtype, shape: replaceAt(shape, shape.length - 1, 1) },
    ];
  },
  lower(e, inputs, { attrs }) {
    const [x, gain] = [at(inputs, 0), at(inputs, 1)];
    const meanSquare = e.op('ReduceMean', [e.op('Mul', [x, x]), e.ints([-1])], {
      attributes: { keepdims: 1 },
    });
    const r = e.op('Reciprocal', [e.op('Sqrt', [e.op('Add', [meanSquare, e.scalar(attrs.eps)])])]);
    const n = e.op('Mul', [x, r]);
    return [e.op('Mul', [n, gain]), n, r];
  },
  /** With t = dy gain: dx = r (t - n mean(t n)), dgain = sum of dy n. */
  gradient(b, { inputs, outputs }, [dy, dn, dr], needs) {
    if (dn || dr) throw graphError('Only the first output of rmsNorm has a gradient.');
    if (!dy) return [];
    const [, n, r] = [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
    const gain = at(inputs, 1);
    const dx = (): Value => {
      const t = mul(b, dy, gain);
      return mul(b, r, sub(b, t, mul(b, n, reduceMean(b, mul(b, t, n), [-1], true))));
    };
    return [needs[0] ? dx() : undefined, needs[1] ? sumTo(b, mul(b, dy, n), gain.shape) : undefined];
  },
};

export const rmsNorm = (b: GraphBuilder, x: Value, gain: Value, eps: number): Value =>
  at(b.apply(rmsNormOp, [x, gain], { eps }), 0);
