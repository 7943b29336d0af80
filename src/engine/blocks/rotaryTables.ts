import type { DecoderSpec, RopeScaling } from '../../core/model/decoderSpec';

const f32 = Math.fround;

export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * cos and sin of the rotary angles, each [length, headDim / 2]. Like transformers (modeling_rope_utils.py),
 * frequencies and angles are rounded to float32 at each step: at position p a last-bit difference in a frequency
 * turns the head by p of them.
 */
export function rotaryTables(spec: Pick<DecoderSpec, 'headDim' | 'rope'>, length: number): RotaryTables {
  const frequencies = inverseFrequencies(spec.rope.theta, spec.headDim).map((f) =>
    scaled(f, spec.rope.scaling),
  );
  const cos = new Float32Array(length * frequencies.length);
  const sin = new Float32Array(length * frequencies.length);
  for (let position = 0; position < length; position++) {
    frequencies.forEach((frequency, j) => {
      const angle = f32(position * frequency);
      cos[position * frequencies.length + j] = Math.cos(angle);
      sin[position * frequencies.length + j] = Math.sin(angle);
    });
  }
  return { cos, sin };
}

/** theta^(-2j / headDim). */
function inverseFrequencies(theta: number, headDim: number): number[] {
  return Array.from({ length: headDim / 2 }, (_, j) => f32(1 / f32(theta ** f32((2 * j) / headDim))));
}

function scaled(frequency: number, scaling: RopeScaling): number {
  switch (scaling.type) {
    case 'none':
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

/** Additive mask [length, length]: a position sees itself and those before it. */
export function causalMask(length: number): Float32Array {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) mask.fill(-Infinity, row * length + row + 1, (row + 1) * length);
  return mask;
}
