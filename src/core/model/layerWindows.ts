import type { CheckedConfig } from './checkedConfig';

/** Window of each layer by `layer_types`, or where that is missing by the architecture's own rule. */
export function layerWindows(
  config: CheckedConfig,
  layers: number,
  window: number | null,
  slides: (layer: number) => boolean,
): (number | null)[] {
  const types = config.texts('layer_types');
  if (types && types.length !== layers) {
    throw config.invalid('layer_types', `${layers} entries, one a layer`);
  }
  const sliding = types?.map((type) => {
    if (type === 'sliding_attention') return true;
    if (type === 'full_attention') return false;
    throw config.unsupported('layer_types', 'known are "full_attention" and "sliding_attention"');
  });
  return Array.from({ length: layers }, (_, layer) => {
    if (!(sliding?.[layer] ?? slides(layer))) return null;
    if (window === null)
      throw config.invalid('sliding_window', 'a positive integer, as layer_types asks for one');
    return window;
  });
}

/** The same window in every layer, for architectures that do not read `layer_types`. */
export function sameWindows(
  config: CheckedConfig,
  window: number | null,
): (layers: number) => (number | null)[] {
  const expected = window === null ? 'full_attention' : 'sliding_attention';
  if (config.texts('layer_types')?.some((type) => type !== expected)) {
    throw config.unsupported('layer_types', `by sliding_window every layer is "${expected}"`);
  }
  return (layers) => Array.from({ length: layers }, () => window);
}

/** Qwen's rule: layers from `max_window_layers` on have the window, and only where `use_sliding_window` says so. */
export function qwenWindows(config: CheckedConfig, layers: number): (number | null)[] {
  const slides = config.flag('use_sliding_window', false);
  const read = (field: string): number => config.count(field);
  const window = slides ? config.orNull('sliding_window', 4096, read) : null;
  const first = config.wholeNumber('max_window_layers', 28);
  return layerWindows(config, layers, window, (layer) => window !== null && layer >= first);
}
