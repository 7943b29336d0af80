import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { lowerMatMul, matMul } from './matMul';
import { mul } from './mul';
import { reduceSum } from './reduceSum';
import { sub } from './sub';

type AttentionAttributes = { readonly scale: number };

/**
 * Grouped-query attention. The query heads that share a key head are folded into its rows, so keys and values are
 * never repeated: q [B, G, rep * S, d], k and v [B, G, S, d], mask [S, S] added to the scores (0 or -inf).
 * P = softmax(scale q k^T + mask), context = P v. Outputs context [B, G, rep * S, d], and P for the gradient.
 */
export const attentionOp: OpDefinition<AttentionAttributes> = {
  type: 'Attention',
  infer(inputs) {
    const [q, k, v, mask] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const [batch = 0, groups = 0, length = 0, width = 0] = k.shape;
    const rows = q.shape[2] ?? 0;
    const fits =
      sameShape(q.shape, [batch, groups, rows, width]) &&
      rows % length === 0 &&
      sameShape(v.shape, k.shape) &&
      sameShape(mask.shape, [length, length]);
    if (!fits) {
      throw graphError(`attention of ${[q, k, v, mask].map(({ shape }) => showShape(shape)).join(', ')}.`);
    }
    return [
      { dtype: q.dtype, shape: q.shape },
      { dtype: q.dtype, shape: [batch, groups, rows, length] },
    ];
  },
  lower(e, inputs, { outputs, attrs }) {
    const [q, k, v, mask] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const [batch = 0, groups = 0, rows = 0, length = 0] = at(outputs, 1).shape;
    const scores = lowerMatMul(e, q, k, 4, 4, { transB: true, alpha: attrs.scale });
    const unfolded = e.op('Reshape', [scores, e.ints([batch, groups, rows / length, length, length])]);
    const softmax = e.op('Softmax', [e.op('Add', [unfolded, mask])], { attributes: { axis: -1 } });
    const p = e.op('Reshape', [softmax, e.ints([batch, groups, rows, length])]);
    return [e.op('MatMul', [p, v]), p];
  },
  /**
   * dV = P^T dC, dP = dC V^T, dS = P (dP - sum(dP P)), where sum(dP P) over keys is sum(dC C) over the width
   * (Dao et al. 2022, appendix B), dQ = scale dS K, dK = scale dS^T Q.
   */
  gradient(b, { inputs, outputs, attrs: { scale } }, [dc, dp], needs) {
    if (dp || needs[3]) throw graphError('attention has no gradient through its probabilities or mask.');
    if (!dc) return [];
    const [q, k, v] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const [c, p] = [at(outputs, 0), at(outputs, 1)];
    const dv = needs[2] ? matMul(b, p, dc, { transA: true }) : undefined;
    if (!needs[0] && !needs[1]) return [undefined, undefined, dv];
    const ds = mul(b, p, sub(b, matMul(b, dc, v, { transB: true }), reduceSum(b, mul(b, dc, c), [-1], true)));
    return [
      needs[0] ? matMul(b, ds, k, { alpha: scale }) : undefined,
      needs[1] ? matMul(b, ds, q, { transA: true, alpha: scale }) : undefined,
      dv,
    ];
  },
};

export const attention = (
  b: GraphBuilder,
  q: Value,
  k: Value,
  v: Value,
  mask: Value,
  { scale }: { readonly scale: number },
): Value => at(b.apply(attentionOp, [q, k, v, mask], { scale }), 0);
