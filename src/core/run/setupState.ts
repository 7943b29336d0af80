/** An experiment's text as the Setup tab shows it. What the schema refuses is shown too, beside the reason. */
import { ToolError, type ErrorData } from '../../protocol/errors';
import type { Setting, SettingGroup, SetupDataset, SetupState } from '../../protocol/explorer/setup';
import { parseExperiment } from './experiment';
import { asSettingValue, experimentSettings, type SettingKind } from './experimentSettings';
import { readJsonWithComments, valueAt } from './jsonDocument';

export interface SetupReading {
  /** Null where the text is no JSON object: nothing of it can be shown, or changed by anything but typing. */
  readonly state: SetupState | null;
  /** Why it cannot be run as it stands; null: it can. */
  readonly problem: ErrorData | null;
}

/** @param file its name, for messages */
export function readSetup(text: string, file: string): SetupReading {
  try {
    parseExperiment(text, file);
  } catch (thrown) {
    return { state: stateOf(text, file), problem: ToolError.from(thrown).toData() };
  }
  return { state: stateOf(text, file), problem: null };
}

function stateOf(text: string, file: string): SetupState | null {
  const value = valueOrNull(text, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { methods, groups } = experimentSettings();
  const listed = listAt(value, 'methods');
  const group = (name: SettingGroup): Setting[] =>
    settings(groups[name], name === 'experiment' ? value : valueAt(value, [name]));
  return {
    name: textAt(value, 'name') ?? '',
    model: textAt(value, 'model') ?? '',
    datasets: listAt(value, 'datasets').map(setupDataset),
    utility: optionalDataset(valueAt(value, ['utility'])),
    methods: methods.map(({ settings: kinds, ...description }) => {
      const entry = listed.find((own) => valueAt(own, ['method']) === description.id);
      return { ...description, isOn: entry !== undefined, settings: settings(kinds, entry) };
    }),
    settings: {
      sampling: group('sampling'),
      responses: group('responses'),
      experiment: group('experiment'),
    },
  };
}

function valueOrNull(text: string, file: string): unknown {
  try {
    return readJsonWithComments(text, file).value;
  } catch {
    return null;
  }
}

function settings(kinds: readonly SettingKind[], given: unknown): Setting[] {
  return kinds.map(({ fallback, ...kind }) => {
    const own = valueAt(given, [kind.name]);
    const isGiven = own !== undefined;
    return { ...kind, value: isGiven ? asSettingValue(own) : fallback, isGiven };
  });
}

const optionalDataset = (value: unknown): SetupDataset | null =>
  typeof value === 'object' && value !== null ? setupDataset(value) : null;

function setupDataset(value: unknown): SetupDataset {
  const where = valueAt(value, ['where']);
  return {
    id: textAt(value, 'id') ?? '',
    paths: [valueAt(value, ['path'])].flat().filter((one) => typeof one === 'string'),
    prompt: textAt(value, 'prompt'),
    response: textAt(value, 'response'),
    category: textAt(value, 'category'),
    where: Object.entries(Object(where) as object).map(([field, values]: [string, unknown]) => ({
      field,
      values: [values].flat().map(String),
    })),
  };
}

function listAt(value: unknown, key: string): unknown[] {
  const list = valueAt(value, [key]);
  return Array.isArray(list) ? list : [];
}

function textAt(value: unknown, key: string): string | null {
  const text = valueAt(value, [key]);
  return typeof text === 'string' ? text : null;
}
