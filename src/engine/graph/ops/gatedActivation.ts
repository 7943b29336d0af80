import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { add } from './add';
import { mul } from './mul';
import { sub } from './sub';

/** Functions of the gate; silu(x) = x sigmoid(x). */
export type GateActivation = 'silu';

type GatedActivationAttributes = { readonly activation: GateActivation };

/**
 * y = silu(gate) up (SwiGLU, Shazeer 2020). Outputs y, and a = silu(gate) and s = sigmoid(gate) for the gradient.
 */
export const gatedActivationOp: OpDefinition<GatedActivationAttributes> = {
  type: 'GatedActivation',
  infer(inputs) {
    const [gate, up] = [at(inputs, 0), at(inputs, 1)];
    if (!sameShape(gate.shape, up.shape)) {
      throw graphError(`gatedActivation of ${showShape(gate.shape)} and ${showShape(up.shape)}.`);
    }
    const { dtype, shape } = gate;
    return [0, 1, 2].map(() => ({ dtype, shape }));
  },
  lower(e, inputs) {
    const [gate, up] = [at(inputs, 0), at(inputs, 1)];
    const s = e.op('Sigmoid', [gate]);
    const a = e.op('Mul', [gate, s]);
    return [e.op('Mul', [a, up]), a, s];
  },
  /**
   * dup = dy a, dgate = dy up silu'(gate). With silu' = s + a (1 - s) and y = a up the latter is
   * dy (y + s (up - y)), one pass over memory less.
   */
  gradient(b, { inputs, outputs }, [dy, da, ds], needs) {
    if (da || ds) throw graphError('Only the first output of gatedActivation has a gradient.');
    if (!dy) return [];
    const [y, a, s] = [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
    const dgate = (): Value => mul(b, dy, add(b, y, mul(b, s, sub(b, at(inputs, 1), y))));
    return [needs[0] ? dgate() : undefined, needs[1] ? mul(b, dy, a) : undefined];
  },
};

export const gatedActivation = (b: GraphBuilder, gate: Value, up: Value, activation: GateActivation): Value =>
  at(b.apply(gatedActivationOp, [gate, up], { activation }), 0);
