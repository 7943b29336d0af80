/** The settings of an experiment that a form can show, as the schema describes them: nothing is said twice. */
import type { Setting, SettingGroup, SettingValue } from '../../protocol/explorer/setup';
import { METHODS } from '../methods/registry';
import { experimentJsonSchema } from './experimentSchema';
import { valueAt } from './jsonDocument';

/** A setting without the value that a file gives it. */
export type SettingKind = Omit<Setting, 'value' | 'isGiven'> & { readonly fallback: SettingValue };

export interface MethodDescription {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly settings: readonly SettingKind[];
}

export interface ExperimentSettings {
  readonly methods: readonly MethodDescription[];
  readonly groups: Readonly<Record<SettingGroup, readonly SettingKind[]>>;
  /** Keys of the file in the order of the schema. */
  readonly keys: readonly string[];
}

/** What the field varies most; the rest is for those who look for it. */
const MAIN = new Set([
  ...['topFraction', 'scope', 'utilityTopFraction', 'mode', 'keepFraction', 'promptShare'],
  ...['pairs', 'alpha', 'sparsity', 'count', 'seed', 'source', 'text', 'template'],
]);
/** Top-level values that are settings of the whole, not parts with a control of their own. */
const TOP_LEVEL = new Set(['template']);

let known: ExperimentSettings | undefined;

/** Made when first asked for, which takes some milliseconds. */
export const experimentSettings = (): ExperimentSettings => (known ??= readSettings());

function readSettings(): ExperimentSettings {
  const schema = experimentJsonSchema();
  const alternatives = valueAt(schema, ['properties', 'methods', 'items', 'oneOf']);
  const group = (name: string): SettingKind[] => settingsOf(valueAt(schema, ['properties', name]));
  return {
    methods: METHODS.map(({ id, title }) => {
      const own = list(alternatives).find((option) => namesMethod(option, id));
      const description = descriptionOf(valueAt(own, ['properties', 'method']), id);
      return { id, title, description, settings: settingsOf(own).filter(({ name }) => name !== 'method') };
    }),
    groups: {
      sampling: group('sampling'),
      responses: group('responses'),
      experiment: settingsOf(schema).filter(({ name }) => TOP_LEVEL.has(name)),
    },
    keys: Object.keys(fields(valueAt(schema, ['properties']))),
  };
}

/** Methods that share their settings have a description each, where VS Code's completion looks for it. */
function descriptionOf(name: unknown, id: string): string {
  const place = list(valueAt(name, ['enum'])).indexOf(id);
  return text(valueAt(name, ['enumDescriptions', place]) ?? valueAt(name, ['description']));
}

/** Of the alternatives of the schema for a method, that with its name. */
export const namesMethod = (option: unknown, method: unknown): boolean =>
  valueAt(option, ['properties', 'method', 'const']) === method ||
  list(valueAt(option, ['properties', 'method', 'enum'])).includes(method);

function settingsOf(schema: unknown): SettingKind[] {
  return Object.entries(fields(valueAt(schema, ['properties']))).flatMap(
    ([name, property]) => settingOf(name, property) ?? [],
  );
}

/** Null for lists and objects: they are for the text. */
function settingOf(name: string, property: unknown): SettingKind | null {
  const at = (key: string): unknown => valueAt(property, [key]);
  const alternatives = list(at('anyOf')).filter((option) => valueAt(option, ['type']) !== 'null');
  const [only = property] = alternatives;
  if (alternatives.length <= 1) {
    const types = [valueAt(only, ['type'])].flat().filter((type) => type !== 'null');
    const kind = kindOf(only, types);
    return kind && { ...describe(name, property, only), kind };
  }
  const areScalars = alternatives.every((option) => kindOf(option, [valueAt(option, ['type'])]) !== null);
  return areScalars ? { ...describe(name, property, null), kind: 'text' } : null;
}

function kindOf(schema: unknown, types: readonly unknown[]): SettingKind['kind'] | null {
  if (types.length !== 1) return null;
  const [type] = types;
  if (type === 'boolean') return 'flag';
  if (type === 'number' || type === 'integer') return 'number';
  if (type !== 'string') return null;
  return Array.isArray(valueAt(schema, ['enum'])) ? 'choice' : 'text';
}

function describe(name: string, property: unknown, only: unknown): Omit<SettingKind, 'kind'> {
  const bound = (key: string): number | null => {
    const value = valueAt(only, [key]);
    // The largest safe integer is no bound that a user means.
    return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
  };
  const fallback = asSettingValue(valueAt(property, ['default']));
  return {
    name,
    description: text(valueAt(property, ['description'])),
    options: list(valueAt(only, ['enum'])).filter((option) => typeof option === 'string'),
    minimum: bound('minimum') ?? bound('exclusiveMinimum'),
    maximum: bound('maximum') ?? bound('exclusiveMaximum'),
    isMinimumOpen: bound('exclusiveMinimum') !== null,
    isMaximumOpen: bound('exclusiveMaximum') !== null,
    isInteger: valueAt(only, ['type']) === 'integer',
    fallback,
    hasDefault: fallback !== null,
    isMain: MAIN.has(name),
  };
}

/** Null for what no control can hold. */
export const asSettingValue = (value: unknown): SettingValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const fields = (value: unknown): Record<string, unknown> => Object(value) as Record<string, unknown>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
