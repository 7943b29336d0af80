import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { lowerMatMul, matMul } from './matMul';
import { mul } from './mul';
import { reduceSum } from './reduceSum';
import { sub } from './sub';

/** softCap 0: none. */
type AttentionAttributes = { readonly scale: number; readonly softCap: number };

/**
 * Grouped-query attention. The query heads that share a key head are folded into its rows, so keys and values are
 * never repeated: q [B, G, rep * Q, d], k and v [B, G, S, d], mask [Q, S] added to the scores (0 or -inf).
 * P = softmax(cap(scale q k^T) + mask), context = P v, cap(s) = c tanh(s / c) where there is a soft cap c. Outputs
 * context [B, G, rep * Q, d], and P and tanh(s / c) for the gradient.
 */
export const attentionOp: OpDefinition<AttentionAttributes> = {
  type: 'Attention',
  infer(inputs, { softCap }) {
    const [q, k, v, mask] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const [batch = 0, groups = 0, length = 0, width = 0] = k.shape;
    const rows = q.shape[2] ?? 0;
    const queries = mask.shape[0] ?? 0;
    const fits =
      sameShape(q.shape, [batch, groups, rows, width]) &&
      rows % queries === 0 &&
      sameShape(v.shape, k.shape) &&
      sameShape(mask.shape, [queries, length]);
    if (!fits) {
      throw graphError(`attention of ${[q, k, v, mask].map(({ shape }) => showShape(shape)).join(', ')}.`);
    }
    const scores = { dtype: q.dtype, shape: [batch, groups, rows, length] };
    return [{ dtype: q.dtype, shape: q.shape }, scores, ...(softCap > 0 ? [scores] : [])];
  },
  lower(e, inputs, { inputs: values, outputs, attrs: { scale, softCap } }) {
    const [q, k, v, mask] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const [batch = 0, groups = 0, rows = 0, length = 0] = at(outputs, 1).shape;
    const queries = at(at(values, 3).shape, 0);
    const capped = softCap > 0;
    const products = lowerMatMul(e, q, k, 4, 4, { transB: true, alpha: capped ? scale / softCap : scale });
    const t = capped ? e.op('Tanh', [products]) : null;
    const scores = t ? e.op('Mul', [t, e.scalar(softCap)]) : products;
    const unfolded = e.op('Reshape', [scores, e.ints([batch, groups, rows / queries, queries, length])]);
    const softmax = e.op('Softmax', [e.op('Add', [unfolded, mask])], { attributes: { axis: -1 } });
    const p = e.op('Reshape', [softmax, e.ints([batch, groups, rows, length])]);
    return [e.op('MatMul', [p, v]), p, ...(t ? [t] : [])];
  },
  /**
   * dV = P^T dC, dP = dC V^T, dS = P (dP - sum(dP P)), where sum(dP P) over keys is sum(dC C) over the width
   * (Dao et al. 2022, appendix B), dQ = scale dS K, dK = scale dS^T Q. Through the cap dS is (1 - tanh^2) of that.
   */
  gradient(b, { inputs, outputs, attrs: { scale } }, [dc, dp, dt], needs) {
    if (dp || dt || needs[3])
      throw graphError('attention has no gradient through its probabilities or mask.');
    if (!dc) return [];
    const [q, k, v] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const [c, p, t] = [at(outputs, 0), at(outputs, 1), outputs[2]];
    const dv = needs[2] ? matMul(b, p, dc, { transA: true }) : undefined;
    if (!needs[0] && !needs[1]) return [undefined, undefined, dv];
    const dCapped = mul(
      b,
      p,
      sub(b, matMul(b, dc, v, { transB: true }), reduceSum(b, mul(b, dc, c), [-1], true)),
    );
    const ds = t ? mul(b, dCapped, sub(b, b.scalar(1), mul(b, t, t))) : dCapped;
    return [
      needs[0] ? matMul(b, ds, k, { alpha: scale }) : undefined,
      needs[1] ? matMul(b, ds, q, { transA: true, alpha: scale }) : undefined,
      dv,
    ];
  },
};

export interface AttentionOptions {
  readonly scale: number;
  readonly softCap?: number | null;
}

export const attention = (
  b: GraphBuilder,
  q: Value,
  k: Value,
  v: Value,
  mask: Value,
  { scale, softCap }: AttentionOptions,
): Value => at(b.apply(attentionOp, [q, k, v, mask], { scale, softCap: softCap ?? 0 }), 0);
