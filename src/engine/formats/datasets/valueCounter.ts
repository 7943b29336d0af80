import type { DatasetValue, FieldValues } from '../../../protocol/engine';
import type { Row } from './datasetFormat';
import { valueText } from './fieldPath';

const MAX_FIELDS = 50;
const MAX_VALUES = 100;
const MAX_VALUE_CHARS = 200;

interface Count {
  readonly value: DatasetValue;
  rows: number;
}

/** Counts the values of the rows' own fields, and forgets the fields that prove to be no categories. */
export class ValueCounter {
  /** null: too many values, too long ones, or records. */
  readonly #fields = new Map<string, Map<string, Count> | null>();
  #rows = 0;

  count(row: Row): void {
    for (const [field, value] of Object.entries(row)) this.#countValue(field, value);
    this.#rows += 1;
  }

  #countValue(field: string, value: unknown): void {
    let counts = this.#fields.get(field);
    if (counts === null) return;
    if (!counts) {
      if (this.#fields.size >= MAX_FIELDS || field.length > MAX_VALUE_CHARS) return;
      counts = new Map();
      this.#fields.set(field, counts);
    }
    const scalar = asScalar(value);
    const text = valueText(scalar) ?? '';
    // Null and the text '' are different values.
    const key = scalar === null ? 'null' : `=${text}`;
    const known = counts.get(key);
    if (known) known.rows += 1;
    else if (scalar === undefined || text.length > MAX_VALUE_CHARS || counts.size >= MAX_VALUES) {
      this.#fields.set(field, null);
    } else counts.set(key, { value: scalar, rows: 1 });
  }

  /**
   * The fields of which values repeat. Rows that lack a field are not among its values.
   * @returns fields in order of appearance
   */
  values(): FieldValues[] {
    return [...this.#fields].flatMap(([field, counts]) => {
      if (!counts || (counts.size === this.#rows && this.#rows > 1)) return [];
      const values = [...counts.values()].sort((a, b) => b.rows - a.rows);
      return [{ field, values }];
    });
  }
}

/** Undefined where it is none: lists and records. */
function asScalar(value: unknown): DatasetValue | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint' || value instanceof Date) return valueText(value);
  return undefined;
}
