import type { GraphBuilder } from '../graphBuilder';
import type { GateActivation } from '../../../core/model/decoderSpec';
import { graphError } from '../graphError';
import type { Edge, Emitter } from '../onnx/emitter';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';
import { add } from './add';
import { mul } from './mul';
import { sub } from './sub';

type GatedActivationAttributes = { readonly activation: GateActivation };

/**
 * The tanh form of GELU (Hendrycks and Gimpel 2016), x (1 + tanh(u)) / 2 with u = sqrt(2 / pi) (x + 0.044715 x^3), is
 * x sigmoid(2 u), for (1 + tanh(u)) / 2 = sigmoid(2 u). So 2 u = x (LINEAR + CUBIC x^2).
 */
const LINEAR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = LINEAR * 0.044715;

/**
 * y = a up with a = gate s (Shazeer 2020: SwiGLU, GeGLU). s = sigmoid(gate) for SiLU, sigmoid(2 u) for GELU. Outputs
 * y, and a and s for the gradient.
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
  lower(e, inputs, { attrs: { activation } }) {
    const [gate, up] = [at(inputs, 0), at(inputs, 1)];
    const s = e.op('Sigmoid', [activation === 'silu' ? gate : lowerTwiceU(e, gate)]);
    const a = e.op('Mul', [gate, s]);
    return [e.op('Mul', [a, up]), a, s];
  },
  /**
   * dup = dy a, dgate = dy up a'(gate). SiLU: with a' = s + a (1 - s) and y = a up the latter is
   * dy (y + s (up - y)), one pass over memory less. GELU: a' = s + a (1 - s) (2 u)', so dy (s up + (y - s y) (2 u)').
   */
  gradient(b, { inputs, outputs, attrs: { activation } }, [dy, da, ds], needs) {
    if (da || ds) throw graphError('Only the first output of gatedActivation has a gradient.');
    if (!dy) return [];
    const [y, a, s] = [at(outputs, 0), at(outputs, 1), at(outputs, 2)];
    const [gate, up] = [at(inputs, 0), at(inputs, 1)];
    const dgate = (): Value => {
      if (activation === 'silu') return mul(b, dy, add(b, y, mul(b, s, sub(b, up, y))));
      const slope = add(b, mul(b, mul(b, gate, gate), b.scalar(3 * CUBIC)), b.scalar(LINEAR));
      return mul(b, dy, add(b, mul(b, s, up), mul(b, sub(b, y, mul(b, s, y)), slope)));
    };
    return [needs[0] ? dgate() : undefined, needs[1] ? mul(b, dy, a) : undefined];
  },
};

function lowerTwiceU(e: Emitter, x: Edge): Edge {
  const square = e.op('Mul', [e.op('Mul', [x, x]), e.scalar(CUBIC)]);
  return e.op('Mul', [x, e.op('Add', [square, e.scalar(LINEAR)])]);
}

export const gatedActivation = (b: GraphBuilder, gate: Value, up: Value, activation: GateActivation): Value =>
  at(b.apply(gatedActivationOp, [gate, up], { activation }), 0);
