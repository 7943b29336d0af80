/** A parameter's name in a line of code, and what a run says of it. Pure. */
import { parseUnitName } from '../../core/model/unitNames';
import type { ParameterDensity } from '../../store/parameterDensity';
import type { Translator } from '../translator';
import { markdownText } from './markdownText';

const MAX_NAME_CHARS = 200;
const ROWS = 24;

/** The name as regions have it; null where it is no parameter's of a layer. That of a module means its weight. */
export function parameterNamed(word: string): string | null {
  if (word.length > MAX_NAME_CHARS || !word.includes('layers.')) return null;
  const from = word.search(
    /(?:base_model\.model\.)?(?:model\.|language_model\.model\.|model\.language_model\.)layers\./,
  );
  if (from < 0) return null;
  const name = word.slice(from);
  const full = /\.(?:weight|bias)$/.test(name) ? name : `${name}.weight`;
  return parseUnitName(full) ? full : null;
}

/** A table as small as can be: a row a dataset, a column a method. */
export function densityHover(
  name: string,
  run: string,
  densities: readonly ParameterDensity[],
  l10n: Translator,
): string {
  const methods = [...new Set(densities.map(({ method }) => method))];
  const sameUnits = new Map(
    methods.flatMap((method) => {
      const of = commonUnits(
        densities.filter((density) => density.method === method),
        l10n,
      );
      return of === null ? [] : [[method, of] as const];
    }),
  );
  const places = [...new Set(densities.map(placeOf))];
  const shown = places.slice(0, ROWS).map((place) => {
    const cells = methods.map((method) => {
      const density = densities.find((one) => one.method === method && placeOf(one) === place);
      return density ? measure(density, sameUnits.has(method), l10n) : '';
    });
    return row([markdownText(place, 60), ...cells]);
  });
  const hidden = places.length - shown.length;
  const table = [
    row([
      l10n.t('Dataset'),
      ...methods.map((method) => markdownText(method, 40) + (sameUnits.get(method) ?? '')),
    ]),
    row(['---', ...methods.map(() => '---:')]),
    ...shown,
  ];
  const source = l10n.t('Run: {0}', markdownText(run, 80));
  const more = hidden > 0 ? [l10n.t('{0} more', hidden)] : [];
  return [`**${markdownText(name, MAX_NAME_CHARS)}**`, table.join('\n'), ...more, source].join('\n\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Of an adapter, each factor has a row. */
const placeOf = ({ dataset, part }: ParameterDensity): string =>
  part === null ? dataset : `${dataset}, ${part}`;

/** For the head of a column whose cells are all of as many units: rows stay one line high. Null where they are not. */
function commonUnits(densities: readonly ParameterDensity[], l10n: Translator): string | null {
  const [first] = densities;
  if (!first || first.unit === 'layer' || densities.some(({ units }) => units !== first.units)) return null;
  const units = first.units.toLocaleString('en');
  return ` / ${first.unit === 'neuron' ? l10n.t('{0} neurons', units) : units}`;
}

function measure({ unit, size, units }: ParameterDensity, hasUnitsAbove: boolean, l10n: Translator): string {
  if (unit === 'layer')
    return size > 0 ? l10n.t('layer is in the interval') : l10n.t('layer is not in the interval');
  const share = units === 0 ? '\u2013' : `${((100 * size) / units).toPrecision(3)}\u00a0%`;
  const count = size.toLocaleString('en');
  if (hasUnitsAbove) return `${share}\u00a0\\(${count}\\)`;
  const of = `${count} / ${units.toLocaleString('en')}`;
  return unit === 'neuron' ? `${share} \\(${l10n.t('{0} neurons', of)}\\)` : `${share} \\(${of}\\)`;
}
