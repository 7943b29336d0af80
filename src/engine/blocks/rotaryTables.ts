import type { DecoderSpec, Rope, RopeScaling } from '../../core/model/decoderSpec';

const f32 = Math.fround;

export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * cos and sin of the rotary angles, each [length, rotaryDim / 2]. Like transformers (modeling_rope_utils.py),
 * frequencies and angles are rounded to float32 at each step: at position p a last-bit difference in a frequency
 * turns the head by p of them.
 * @param tokens of the text without its padding: LongRoPE has other frequencies for texts past its original length
 */
export function rotaryTables(
  { theta, scaling }: Rope,
  rotaryDim: number,
  length: number,
  tokens = length,
): RotaryTables {
  const frequencies = inverseFrequencies(theta, rotaryDim, pairFactors(scaling, tokens)).map((f) =>
    scaled(f, scaling),
  );
  const magnitude = f32(scaling.type === 'longrope' ? scaling.attentionFactor : 1);
  const cos = new Float32Array(length * frequencies.length);
  const sin = new Float32Array(length * frequencies.length);
  for (let position = 0; position < length; position++) {
    frequencies.forEach((frequency, j) => {
      const angle = f32(position * frequency);
      cos[position * frequencies.length + j] = f32(Math.cos(angle)) * magnitude;
      sin[position * frequencies.length + j] = f32(Math.sin(angle)) * magnitude;
    });
  }
  return { cos, sin };
}

/** theta^(-2j / rotaryDim), divided by the factor of pair j. */
function inverseFrequencies(theta: number, rotaryDim: number, factors: readonly number[] | null): number[] {
  return Array.from({ length: rotaryDim / 2 }, (_, j) => {
    const wave = f32(theta ** f32((2 * j) / rotaryDim));
    return f32(1 / (factors ? f32(f32(factors[j] ?? 1) * wave) : wave));
  });
}

function pairFactors(scaling: RopeScaling, tokens: number): readonly number[] | null {
  if (scaling.type !== 'longrope') return null;
  return tokens > scaling.originalMaxPositions ? scaling.longFactors : scaling.shortFactors;
}

/** Length past which a text has other rotations than a shorter one: such texts do not share a batch. */
export function rotationChangesAfter({ layerKinds }: Pick<DecoderSpec, 'layerKinds'>): number {
  return layerKinds.reduce(
    (least, { rope: { scaling } }) =>
      scaling.type === 'longrope' ? Math.min(least, scaling.originalMaxPositions) : least,
    Infinity,
  );
}

function scaled(frequency: number, scaling: RopeScaling): number {
  switch (scaling.type) {
    case 'none':
    case 'longrope':
      return frequency;
    case 'linear':
      return f32(frequency / scaling.factor);
    case 'llama3': {
      // Long waves are stretched by `factor`, short ones kept, those between interpolated.
      const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
      const wavelength = f32((2 * Math.PI) / frequency);
      if (wavelength < originalMaxPositions / highFreqFactor) return frequency;
      if (wavelength > originalMaxPositions / lowFreqFactor) return f32(frequency / factor);
      const span = highFreqFactor - lowFreqFactor;
      const smooth = f32(f32(f32(originalMaxPositions / wavelength) - lowFreqFactor) / span);
      return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
    }
  }
}

/** Additive mask [length, length]: a position sees itself and `window` - 1 (null: all) before it. */
export function causalMask(length: number, window: number | null = null): Float32Array {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) {
    mask.fill(-Infinity, row * length + row + 1, (row + 1) * length);
    if (window !== null && row >= window) mask.fill(-Infinity, row * length, row * length + row - window + 1);
  }
  return mask;
}
