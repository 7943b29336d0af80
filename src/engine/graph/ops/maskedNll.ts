import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { exp } from './exp';
import { mul } from './mul';
import { scatterAdd } from './scatterAdd';
import { sub } from './sub';

/**
 * Weighted negative log-likelihood of one label a row: logits [R, V], labels int64 [R, 1], weights [R, 1].
 * lse = logsumexp(logits), nll = lse - logits[label], loss = weights nll [R, 1]. Outputs loss, and nll and lse for
 * the gradient. Rows with weight 0 still need a label in 0..V-1.
 */
export const maskedNllOp: OpDefinition = {
  type: 'MaskedNll',
  infer(inputs) {
    const [logits, labels, weights] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const column = [logits.shape[0] ?? 0, 1];
    const fits =
      logits.shape.length === 2 && sameShape(labels.shape, column) && sameShape(weights.shape, column);
    if (!fits || labels.dtype !== 'int64') {
      const shapes = [logits, labels, weights].map(({ shape }) => showShape(shape));
      throw graphError(`maskedNll of ${shapes.join(', ')}: expected [R, V], int64 [R, 1], [R, 1].`);
    }
    return [0, 1, 2].map(() => ({ dtype: logits.dtype, shape: column }));
  },
  lower(e, inputs) {
    const [logits, labels, weights] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const rowwise = { attributes: { keepdims: 1 } };
    const largest = e.op('ReduceMax', [logits, e.ints([-1])], rowwise);
    const sum = e.op('ReduceSum', [e.op('Exp', [e.op('Sub', [logits, largest])]), e.ints([-1])], rowwise);
    const lse = e.op('Add', [largest, e.op('Log', [sum])]);
    const nll = e.op('Sub', [lse, e.op('GatherElements', [logits, labels], { attributes: { axis: 1 } })]);
    return [e.op('Mul', [nll, weights]), nll, lse];
  },
  /** With g = dloss weights: dlogits = g softmax(logits) - g at the label; dweights = dloss nll. */
  gradient(b, { inputs, outputs }, [dloss, dnll, dlse], needs) {
    if (dnll || dlse) throw graphError('Only the first output of maskedNll has a gradient.');
    if (!dloss) return [];
    const [logits, labels, weights] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const [, nll, lse] = [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
    const dlogits = (): Value => {
      const miss = scatterAdd(b, exp(b, sub(b, logits, lse)), labels, -1);
      return mul(b, miss, mul(b, dloss, weights));
    };
    return [needs[0] ? dlogits() : undefined, undefined, needs[2] ? mul(b, dloss, nll) : undefined];
  },
};

export const maskedNll = (b: GraphBuilder, logits: Value, labels: Value, weights: Value): Value =>
  at(b.apply(maskedNllOp, [logits, labels, weights]), 0);
