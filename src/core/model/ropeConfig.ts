import type { CheckedConfig } from './checkedConfig';
import type { Rope, RopeScaling } from './decoderSpec';

export interface RopeDefaults {
  readonly theta: number;
  readonly headDim: number;
  readonly maxPositions: number;
  readonly originalMaxPositions?: number | undefined;
  /** Whether the architecture knows partial_rotary_factor; elsewhere a factor below 1 is refused. */
  readonly partial?: boolean;
}

export interface RopeReading {
  readonly rope: Rope;
  /** Of the layers with a window, where it is another. */
  readonly windowRope?: Rope;
  /** Leading elements of a head that are rotated. */
  readonly rotaryDim: number;
}

/**
 * Rotary embedding in both spellings: `rope_theta` and `rope_scaling` {type or rope_type, ...} up to transformers 4,
 * `rope_parameters` {rope_theta, rope_type, ...} from 5 on. A file that has both must say the same twice.
 */
export function ropeOf(config: CheckedConfig, defaults: RopeDefaults): RopeReading {
  const older = config.object('rope_scaling');
  const newer = config.object('rope_parameters');
  for (const type of ['full_attention', 'sliding_attention']) {
    if (newer?.has(type)) throw newer.unsupported(type, 'all layers have one rotation');
  }
  const rotaryDim = rotaryDimOf(
    [newer, older, config].filter((place) => place?.has('partial_rotary_factor') === true),
    defaults,
  );
  const places = [newer, older, config].filter((place) => place?.has('rope_theta'));
  const theta = places[0]?.positive('rope_theta') ?? defaults.theta;
  for (const place of places) {
    if (place?.positive('rope_theta') !== theta) {
      throw config.invalid('rope_theta', `${theta}, as rope_parameters or rope_scaling say`);
    }
  }
  const read = (rope: CheckedConfig): RopeScaling => scalingOf(rope, config, rotaryDim, defaults);
  const scaling = newer ? read(newer) : older ? read(older) : ({ type: 'none' } as const);
  if (newer && older && JSON.stringify(read(older)) !== JSON.stringify(scaling)) {
    throw config.invalid('rope_scaling', 'the same as rope_parameters');
  }
  return { rope: { theta, scaling }, rotaryDim };
}

/**
 * @param rope rope_scaling, rope_parameters or an object inside
 * @param config whose original_max_position_embeddings goes before the one in `rope`
 */
export function scalingOf(
  rope: CheckedConfig,
  config: CheckedConfig,
  rotaryDim: number,
  defaults: RopeDefaults,
): RopeScaling {
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
      return llama3Of(rope, config);
    case 'su': // The name that Phi-3 began with.
    case 'longrope':
      return longropeOf(rope, config, rotaryDim, defaults);
    default:
      throw rope.unsupported(key, 'known are default, linear, llama3, longrope and su');
  }
}

function llama3Of(rope: CheckedConfig, config: CheckedConfig): RopeScaling {
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
    originalMaxPositions: originalLengthIn(rope, config).count('original_max_position_embeddings'),
  };
}

/** LongRoPE (Ding et al. 2024) with the attention factor of transformers: sqrt(1 + log(factor) / log(original)). */
function longropeOf(
  rope: CheckedConfig,
  config: CheckedConfig,
  rotaryDim: number,
  defaults: RopeDefaults,
): RopeScaling {
  for (const field of ['short_mscale', 'long_mscale']) {
    if (rope.has(field)) throw rope.unsupported(field, 'one attention factor serves short and long texts');
  }
  const factors = (field: string): readonly number[] => {
    const list = rope.positives(field);
    if (list.length === rotaryDim / 2) return list;
    throw rope.invalid(field, `${rotaryDim / 2} numbers, one for each pair of rotated elements`);
  };
  const originalMaxPositions = originalLengthIn(rope, config).count(
    'original_max_position_embeddings',
    defaults.originalMaxPositions,
  );
  const factor = rope.positive('factor', defaults.maxPositions / originalMaxPositions);
  const inferred = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
  return {
    type: 'longrope',
    shortFactors: factors('short_factor'),
    longFactors: factors('long_factor'),
    attentionFactor: rope.positive('attention_factor', inferred),
    originalMaxPositions,
  };
}

/** Where one rotation serves all layers, the configuration's own goes first (transformers, standardize_rope_params). */
const originalLengthIn = (rope: CheckedConfig, config: CheckedConfig): CheckedConfig =>
  config.has('original_max_position_embeddings') ? config : rope;

function rotaryDimOf(
  places: readonly (CheckedConfig | undefined)[],
  { headDim, partial = false }: RopeDefaults,
): number {
  const [first] = places;
  const factor = first?.positive('partial_rotary_factor') ?? 1;
  for (const place of places) {
    if (!place) continue;
    if (!partial && place.positive('partial_rotary_factor') !== 1) {
      throw place.unsupported('partial_rotary_factor', 'the rotation always takes the whole head');
    }
    if (place.positive('partial_rotary_factor') !== factor) {
      throw place.invalid('partial_rotary_factor', `${factor}, as another place says`);
    }
  }
  const rotaryDim = Math.floor(headDim * factor);
  if (rotaryDim < 2 || rotaryDim > headDim || rotaryDim % 2 !== 0) {
    throw (
      first?.invalid('partial_rotary_factor', `a share of ${headDim} that is even`) ??
      new RangeError('rotaryDim')
    );
  }
  return rotaryDim;
}
