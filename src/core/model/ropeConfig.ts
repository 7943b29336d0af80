import type { CheckedConfig } from './checkedConfig';
import type { DecoderSpec, RopeScaling } from './decoderSpec';

/**
 * Rotary embedding in both spellings: `rope_theta` and `rope_scaling` {type or rope_type, ...} up to transformers 4,
 * `rope_parameters` {rope_theta, rope_type, ...} from 5 on. A file that has both must say the same twice.
 */
export function ropeOf(config: CheckedConfig, defaultTheta: number): DecoderSpec['rope'] {
  const older = config.object('rope_scaling');
  const newer = config.object('rope_parameters');
  refusePartial(config);
  if (older) refusePartial(older);
  if (newer) refusePartial(newer);

  const places = [newer, older, config].filter((place) => place?.has('rope_theta'));
  const theta = places[0]?.positive('rope_theta') ?? defaultTheta;
  for (const place of places) {
    if (place?.positive('rope_theta') !== theta) {
      throw config.invalid('rope_theta', `${theta}, as rope_parameters or rope_scaling say`);
    }
  }
  const scaling = newer ? scalingOf(newer) : older ? scalingOf(older) : ({ type: 'none' } as const);
  if (newer && older && JSON.stringify(scalingOf(older)) !== JSON.stringify(scaling)) {
    throw config.invalid('rope_scaling', 'the same as rope_parameters');
  }
  return { theta, scaling };
}

function scalingOf(rope: CheckedConfig): RopeScaling {
  // The older key is `type`; files that have both were written so for readers of either age.
  const key = rope.has('rope_type') ? 'rope_type' : 'type';
  const type = rope.text(key, 'default');
  if (rope.has('type') && rope.text('type') !== type)
    throw rope.invalid('type', `"${type}", as rope_type says`);
  switch (type) {
    case 'default':
      return { type: 'none' };
    case 'linear':
      return { type: 'linear', factor: rope.positive('factor') };
    case 'llama3':
      return llama3Of(rope);
    default:
      throw rope.unsupported(key, 'known are default, linear and llama3');
  }
}

function llama3Of(rope: CheckedConfig): RopeScaling {
  const lowFreqFactor = rope.positive('low_freq_factor');
  const highFreqFactor = rope.positive('high_freq_factor');
  // The interpolation between the two divides by their difference.
  if (highFreqFactor <= lowFreqFactor) {
    throw rope.invalid('high_freq_factor', `more than low_freq_factor, ${lowFreqFactor}`);
  }
  return {
    type: 'llama3',
    factor: rope.positive('factor'),
    lowFreqFactor,
    highFreqFactor,
    originalMaxPositions: rope.count('original_max_position_embeddings'),
  };
}

function refusePartial(config: CheckedConfig): void {
  if (config.positive('partial_rotary_factor', 1) !== 1) {
    throw config.unsupported('partial_rotary_factor', 'the rotation always takes the whole head');
  }
}
