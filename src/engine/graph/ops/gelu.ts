import type { GraphBuilder } from '../graphBuilder';
import type { OpDefinition } from '../opDefinition';
import { at, type Value } from '../value';
import { unaryType } from './elementwise';

type GeluAttributes = { readonly approximate: 'none' | 'tanh' };

/** x Phi(x) (Hendrycks and Gimpel 2016): by the error function, or its tanh form. No gradient: encoders are only read. */
export const geluOp: OpDefinition<GeluAttributes> = {
  type: 'Gelu',
  infer: unaryType,
};

export const gelu = (b: GraphBuilder, x: Value, approximate: GeluAttributes['approximate'] = 'none'): Value =>
  at(b.apply(geluOp, [x], { approximate }), 0);
