import type { GraphBuilder } from '../graphBuilder';
import { graphError } from '../graphError';
import type { OpDefinition } from '../opDefinition';
import { sameShape, showShape } from '../shapes';
import { at, type Value } from '../value';

type LayerNormAttributes = { readonly eps: number };

/**
 * Layer normalisation (Ba et al. 2016) of the last axis, x [..., H], gain and bias [H]:
 * y = gain (x - mean) / sqrt(variance + eps) + bias. No gradient: encoders are only read.
 */
export const layerNormOp: OpDefinition<LayerNormAttributes> = {
  type: 'LayerNorm',
  infer(inputs) {
    const [{ dtype, shape }, gain, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    if (!sameShape(gain.shape, shape.slice(-1)) || !sameShape(bias.shape, gain.shape)) {
      throw graphError(
        `layerNorm of ${showShape(shape)} with a gain of ${showShape(gain.shape)} and a bias of ${showShape(bias.shape)}.`,
      );
    }
    return [{ dtype, shape }];
  },
  lower: (e, inputs, { attrs: { eps } }) => [
    e.op('LayerNormalization', inputs, { attributes: { axis: -1, epsilon: { float: eps } } }),
  ],
};

export const layerNorm = (b: GraphBuilder, x: Value, gain: Value, bias: Value, eps: number): Value =>
  at(b.apply(layerNormOp, [x, gain, bias], { eps }), 0);
