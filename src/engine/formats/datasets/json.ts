import { stat } from 'node:fs/promises';
import {
  datasetInvalid,
  datasetTooLarge,
  reasonOf,
  TEXT_FIELD,
  type DatasetFormat,
  type Row,
} from './datasetFormat';
import { decodeText } from './decodeText';

/** JSON has to be read whole, and a JavaScript string ends at 512 MiB. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;
const MAX_DEPTH = 8;

/**
 * A list of objects or strings, or dictionaries of such lists, one in another: {key1: {key2: [...]}}. The keys on
 * the way to a row are its virtual fields `$key1`, `$key2`, ...
 */
export const json: DatasetFormat = {
  name: 'JSON',
  endings: ['.json'],
  async *read(file) {
    const { size } = await stat(file);
    if (size > MAX_JSON_BYTES)
      throw datasetTooLarge(file, `it has ${size} bytes, more than ${MAX_JSON_BYTES}`);
    const pieces: string[] = [];
    for await (const piece of decodeText(file)) pieces.push(piece);
    let value: unknown;
    try {
      value = JSON.parse(pieces.join(''));
    } catch (thrown) {
      throw datasetInvalid(file, `it is not JSON: ${reasonOf(thrown)}`);
    }
    yield* rowsOf(value, [], file);
  },
};

function* rowsOf(value: unknown, keys: readonly string[], file: string): Generator<Row> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (typeof item === 'string') yield { [TEXT_FIELD]: item, ...keyFields(keys) };
      else if (isRecord(item)) yield { ...item, ...keyFields(keys) };
      else throw datasetInvalid(file, `item ${i + 1}${below(keys)} is neither an object nor a string`);
    }
  } else if (isRecord(value) && keys.length < MAX_DEPTH) {
    const entries = Object.entries(value);
    // Dictionaries hold lists or dictionaries; an object that holds anything else is a row of its own.
    if (entries.every(([, item]) => typeof item === 'object' && item !== null)) {
      for (const [key, item] of entries) yield* rowsOf(item, [...keys, key], file);
    } else {
      yield { ...value, ...keyFields(keys) };
    }
  } else {
    throw datasetInvalid(file, `it holds neither a list nor a dictionary of lists${below(keys)}`);
  }
}

const keyFields = (keys: readonly string[]): Row =>
  Object.fromEntries(keys.map((key, i) => [`$key${i + 1}`, key]));

const below = (keys: readonly string[]): string => (keys.length === 0 ? '' : ` below ${keys.join(' > ')}`);

const isRecord = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
