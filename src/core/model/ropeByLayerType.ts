import type { CheckedConfig } from './checkedConfig';
import type { Rope } from './decoderSpec';
import { scalingOf, type RopeDefaults, type RopeReading } from './ropeConfig';

/** Rotations of the layers without and with a window, as Gemma 3 has them: two bases, and one scaling for the first. */
export interface RopeBases {
  readonly full: number;
  readonly sliding: number;
}

/**
 * Up to transformers 4 `rope_theta`, `rope_scaling` and `rope_local_base_freq`; from 5 on `rope_parameters` with an
 * object for each type of layer. A file that has both must say the same twice.
 */
export function ropeByLayerType(
  config: CheckedConfig,
  bases: RopeBases,
  defaults: RopeDefaults,
): RopeReading {
  const rotaryDim = defaults.headDim;
  const newer = config.object('rope_parameters');
  if (config.has('partial_rotary_factor') && config.positive('partial_rotary_factor') !== 1) {
    throw config.unsupported('partial_rotary_factor', 'the rotation always takes the whole head');
  }
  for (const field of ['rope_type', 'rope_theta']) {
    if (newer?.has(field)) throw newer.unsupported(field, 'it stands in an object for each type of layer');
  }
  const one = (type: string, thetaField: string, scalingField: string | null, theta: number): Rope => {
    const inside = newer?.object(type);
    const older = scalingField === null ? undefined : config.object(scalingField);
    const base = inside?.has('rope_theta')
      ? inside.positive('rope_theta')
      : config.positive(thetaField, theta);
    if (config.has(thetaField) && config.positive(thetaField) !== base) {
      throw config.invalid(thetaField, `${base}, as rope_parameters says`);
    }
    if (older?.has('type') && !older.has('rope_type')) {
      throw older.unsupported(
        'type',
        'transformers 4 and 5 do not agree on what it means; rope_type is plain',
      );
    }
    for (const place of [inside, older]) {
      if (place?.has('partial_rotary_factor')) {
        throw place.unsupported('partial_rotary_factor', 'the rotation always takes the whole head');
      }
    }
    // An original length outside does not count here (transformers, standardize_rope_params).
    const read = (place: CheckedConfig | undefined): Rope['scaling'] =>
      place ? scalingOf(place, place, rotaryDim, defaults) : { type: 'none' };
    const scaling = read(inside ?? older);
    if (inside && older && JSON.stringify(read(older)) !== JSON.stringify(scaling)) {
      throw config.invalid('rope_scaling', 'the same as rope_parameters');
    }
    return { theta: base, scaling };
  };
  return {
    rope: one('full_attention', 'rope_theta', 'rope_scaling', bases.full),
    windowRope: one('sliding_attention', 'rope_local_base_freq', null, bases.sliding),
    rotaryDim,
  };
}
