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
  /** dup = dy a, dgate = dy up silu'(gate), silu' = s + a (1 - s). */
  gradient(b, { inputs, outputs }, [dy, da, ds], needs) {
    if (da || ds) throw graphError('Only the first output of gatedActivation has a gradient.');
    if (!dy) return [];
    const [, a, s] = [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
    const dgate = (): Value => {
      const slope = add(b, s, mul(b, a, sub(b, b.scalar(1), s)));
      return mul(b, mul(b, dy, at(inputs, 1)), slope);
    };
    return [needs[0] ? dgate() : undefined, needs[1] ? mul(b, dy, a) : undefined];
  },
};

export const gatedActivation = (b: GraphBuilder, gate: Value, up: Value, activation: GateActivation): Value =>
  at(b.apply(gatedActivationOp, [gate, up], { activation }), 0);
