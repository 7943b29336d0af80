/** What the Setup tab changes, as edits of the experiment's text: of what they are not about no character changes. */
import type { Edit } from 'jsonc-parser';
import { usageError, type ToolError } from '../../protocol/errors';
import type { NewDataset, SetupEdit, SettingValue } from '../../protocol/explorer/setup';
import { datasetId } from './datasetId';
import { experimentSchema, methodSchema } from './experimentSchema';
import { experimentSettings, type SettingKind } from './experimentSettings';
import { printPath, readJsonWithComments, valueAt, type JsonPath } from './jsonDocument';
import { insertMember, removeMember, replaceValue } from './jsonEdits';

interface Place {
  readonly text: string;
  readonly value: unknown;
}

/**
 * @param text without a byte order mark, as editors give it
 * @param file its name, for messages
 * @returns edits that do not overlap, first to last; none where the text says the same already
 * @throws usage errors `experiment-syntax` and `experiment-duplicate-key`; `setup-stale` where the text has changed
 * meanwhile, `setup-place` where something else stands at the place, `setup-value` for what the schema refuses
 */
export function setupEdits(text: string, file: string, edit: SetupEdit): Edit[] {
  const { value } = readJsonWithComments(text, file);
  if (!isObject(value)) throw wrongPlace([], 'an object');
  const place: Place = { text, value };
  switch (edit.kind) {
    case 'text':
      return setAt(place, [edit.field], edit.value);
    case 'addDataset':
      return append(place, 'datasets', datasetEntry(edit.dataset, place));
    case 'removeDataset':
      return removeDataset(place, edit.index, edit.id);
    case 'utility':
      return edit.dataset ? setUtility(place, edit.dataset) : remove(place, ['utility']);
    case 'method':
      return edit.isOn ? addMethod(place, edit.method) : removeMethod(place, edit.method);
    case 'methodSetting':
      return setMethod(place, edit.method, edit.name, edit.value);
    case 'setting': {
      const kind = knownSetting(experimentSettings().groups[edit.group], edit.name);
      const path = edit.group === 'experiment' ? [edit.name] : [edit.group, edit.name];
      const accepts = (value: SettingValue): boolean =>
        experimentSchema.partial().safeParse(nested(path, value)).success;
      return setSetting(place, path, kind, edit.value, accepts);
    }
  }
}

function datasetEntry({ path, ...fields }: NewDataset, { value }: Place): object {
  return { id: datasetId(path, idsOf(value)), path, ...fields };
}

/** Of all sets, utility's and controls' included: no two may be the same. */
function idsOf(value: unknown): string[] {
  const methods = valueAt(value, ['methods']);
  const sets = [
    ...[valueAt(value, ['datasets'])].flat(),
    ...['utility', 'overRejection'].map((key) => valueAt(value, [key])),
    ...[methods].flat().map((entry) => valueAt(entry, ['control'])),
  ];
  return sets.map((set) => valueAt(set, ['id'])).filter((id) => typeof id === 'string');
}

function removeDataset(place: Place, index: number, id: string): Edit[] {
  const entry = valueAt(place.value, ['datasets', index]);
  const own = valueAt(entry, ['id']);
  if (entry === undefined || (typeof own === 'string' ? own : '') !== id) {
    throw usageError('setup-stale', `The dataset '${id}' is not at its place any more.`, 'Try again.');
  }
  return remove(place, ['datasets', index]);
}

/** A set that was chosen before keeps its place, and with it the comments around. */
function setUtility(place: Place, dataset: NewDataset): Edit[] {
  const isSame = valueAt(place.value, ['utility', 'path']) === dataset.path;
  if (isSame) return [];
  const others: unknown = { ...(place.value as object), utility: null };
  return setAt(place, ['utility'], datasetEntry(dataset, { ...place, value: others }));
}

function addMethod(place: Place, method: string): Edit[] {
  if (!experimentSettings().methods.some(({ id }) => id === method)) throw unknownMethod(method);
  return indexOfMethod(place, method) < 0 ? append(place, 'methods', { method }) : [];
}

function removeMethod(place: Place, method: string): Edit[] {
  return remove(place, ['methods', indexOfMethod(place, method)]);
}

function setMethod(place: Place, method: string, name: string, value: SettingValue): Edit[] {
  const description = experimentSettings().methods.find(({ id }) => id === method);
  const index = indexOfMethod(place, method);
  if (!description || index < 0) throw unknownMethod(method);
  const kind = knownSetting(description.settings, name);
  const accepts = (own: SettingValue): boolean => methodSchema.safeParse({ method, [name]: own }).success;
  return setSetting(place, ['methods', index, name], kind, value, accepts);
}

function setSetting(
  place: Place,
  path: JsonPath,
  kind: SettingKind,
  value: SettingValue,
  accepts: (value: SettingValue) => boolean,
): Edit[] {
  if (value === null) return remove(place, path);
  // What is typed is text: where the schema wants none, its number is meant.
  const meant = [value, ...(kind.kind === 'text' && value !== '' ? [Number(value)] : [])].find(accepts);
  if (meant !== undefined) return setAt(place, path, meant);
  throw usageError(
    'setup-value',
    `${kind.name} cannot be ${JSON.stringify(value)}.`,
    kind.description === '' ? 'Give another value.' : kind.description,
  );
}

/** Replaces what stands there, or puts it, and the object around it, where nothing does. */
function setAt(place: Place, path: JsonPath, value: unknown): Edit[] {
  const own = valueAt(place.value, path);
  if (own !== undefined) {
    return JSON.stringify(own) === JSON.stringify(value) ? [] : replaceValue(place.text, path, value);
  }
  const parentPath = path.slice(0, -1);
  const parent = valueAt(place.value, parentPath);
  const key = String(path.at(-1));
  if (parent === undefined) return setAt(place, parentPath, { [key]: value });
  if (!isObject(parent)) throw wrongPlace(parentPath, 'an object');
  const index = placeOfKey(Object.keys(parent), path.length === 1 ? key : null);
  return insertMember(place.text, parentPath, index, value, key);
}

/** Behind the last of those that the schema has before it; null: behind all. */
function placeOfKey(present: readonly string[], key: string | null): number {
  const order = experimentSettings().keys;
  const before = key === null ? [] : order.slice(0, order.indexOf(key));
  return present.findLastIndex((own) => before.includes(own)) + 1 || present.length;
}

function append(place: Place, key: 'datasets' | 'methods', entry: object): Edit[] {
  const list = valueAt(place.value, [key]);
  if (list === undefined) return setAt(place, [key], [entry]);
  if (!Array.isArray(list)) throw wrongPlace([key], 'a list');
  return insertMember(place.text, [key], list.length, entry);
}

/** An item of a list, or a property; nothing where there is none. */
const remove = (place: Place, path: JsonPath): Edit[] =>
  valueAt(place.value, path) === undefined ? [] : removeMember(place.text, path);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** -1: it is not listed. */
const indexOfMethod = ({ value }: Place, method: string): number =>
  [valueAt(value, ['methods'])].flat().findIndex((entry) => valueAt(entry, ['method']) === method);

function knownSetting(settings: readonly SettingKind[], name: string): SettingKind {
  const kind = settings.find((own) => own.name === name);
  if (kind) return kind;
  throw usageError('setup-value', `There is no setting '${name}'.`, 'Change it in the file.');
}

const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;

const unknownMethod = (method: string): ToolError =>
  usageError('setup-stale', `The method '${method}' is not in the experiment.`, 'Try again.');

const wrongPlace = (path: JsonPath, expected: string): ToolError =>
  usageError(
    'setup-place',
    `${path.length === 0 ? 'The file' : printPath(path)} is not ${expected}.`,
    'Mend it in the file: nothing is overwritten.',
  );
