import { normGain, type DecoderSpec, type NormName } from '../model/decoderSpec';

/** Projections as SafeLayer scales them. */
export type Projection = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down';

export interface ScalingEffect {
  /**
   * True where a factor on the weights is undone by a norm: the branch is linear in v, o, up and down, and RMSNorm(c x) =
   * RMSNorm(x), but for the norm's epsilon and for biases, which stay as they are. The gate is not linear: a factor on
   * it changes the shape of its function.
   */
  readonly noOp: Readonly<Record<Projection, boolean>>;
  /** Of the norms that undo it: a factor on them does to the branch, or to the logits, what one on the weights would. */
  readonly gains: readonly NormName[];
}

/** What norms that follow a projection make of a factor on its weights (METHODS.md T35). */
export function scalingEffect(spec: DecoderSpec): ScalingEffect {
  const has = (name: NormName): boolean => normGain(spec, name) !== undefined;
  const [afterAttention, afterMlp] = [has('afterAttention'), has('afterMlp')];
  return {
    noOp: {
      q: has('query'),
      k: has('key'),
      v: afterAttention,
      o: afterAttention,
      gate: false,
      up: afterMlp,
      down: afterMlp,
    },
    gains: (['query', 'key', 'afterAttention', 'afterMlp'] as const).filter(has),
  };
}
