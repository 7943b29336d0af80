/** Numbers of models, files and estimates for people. Pure. */
import type { RunEstimate, TimedEstimate } from '../../protocol/engine';
import type { Translator } from '../translator';

/** '135 M', '7.24 B' */
export function parametersText(count: number): string {
  const [divisor, letter] = count >= 1e9 ? [1e9, 'B'] : count >= 1e6 ? [1e6, 'M'] : [1e3, 'K'];
  return `${Number((count / divisor).toPrecision(3))} ${letter}`;
}

/** '512 B', '1.5 KiB', '13.4 GiB' */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 2 ** (10 * power)).toPrecision(3))} ${units[power] ?? ''}`;
}

/** In one line. */
export function estimateText(estimate: TimedEstimate, l10n: Translator): string {
  const { seconds, memoryBytes, diskBytes } = estimate;
  return [
    timeText(seconds, l10n),
    l10n.t('{0} of memory', bytesText(memoryBytes)),
    l10n.t('{0} of disk', bytesText(diskBytes)),
  ].join(' \u00b7 ');
}

/** Why a run would be refused for its size; null where it fits. */
export function shortageText(estimate: RunEstimate, l10n: Translator): string | null {
  const { memoryBytes, availableMemoryBytes, diskBytes, availableDiskBytes } = estimate;
  const of = (needed: number, free: number): [string, string] => [bytesText(needed), bytesText(free)];
  if (memoryBytes > availableMemoryBytes) {
    return l10n.t('Needs {0} of memory, and {1} are free.', ...of(memoryBytes, availableMemoryBytes));
  }
  if (diskBytes > availableDiskBytes) {
    return l10n.t('Needs {0} of disk, and {1} are free.', ...of(diskBytes, availableDiskBytes));
  }
  return null;
}

/** In no more digits than it is known to. */
function timeText(seconds: number, l10n: Translator): string {
  const minutes = seconds / 60;
  if (minutes < 1) return l10n.t('less than a minute');
  if (minutes < 90) return l10n.t('about {0} min', roughly(minutes));
  const hours = minutes / 60;
  return hours < 48 ? l10n.t('about {0} h', roughly(hours)) : l10n.t('about {0} days', roughly(hours / 24));
}

/** One digit, or two below 20: 13, 40, 200. */
const roughly = (value: number): number => (value < 20 ? Math.round(value) : Number(value.toPrecision(1)));
