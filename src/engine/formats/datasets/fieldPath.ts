import type { Row } from './datasetFormat';

type Step = string | number;

/**
 * The value of a field or JSON path (`instances[0].output`) in a row, undefined where there is none. A field whose
 * name is the whole path comes first, since headers may hold dots and brackets.
 */
export function fieldValue(row: Row, path: string): unknown {
  if (Object.hasOwn(row, path)) return row[path];
  let value: unknown = row;
  for (const step of parsePath(path)) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (typeof step === 'number' ? !Array.isArray(value) : Array.isArray(value)) return undefined;
    // Own properties only: `constructor` and `length` are no fields.
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<Step, unknown>)[step];
  }
  return value;
}

const parsed = new Map<string, readonly Step[]>();

function parsePath(path: string): readonly Step[] {
  const known = parsed.get(path);
  if (known) return known;
  const steps: Step[] = [];
  for (const part of path.split('.')) {
    const match = /^([^[\]]*)((?:\[\d+\])*)$/.exec(part);
    if (!match) {
      steps.push(part);
      continue;
    }
    const [, name = '', indices = ''] = match;
    if (name !== '' || indices === '') steps.push(name);
    for (const [, index] of indices.matchAll(/\[(\d+)\]/g)) steps.push(Number(index));
  }
  parsed.set(path, steps);
  return steps;
}

/** Text of a value: strings as they are, numbers and booleans as JSON; null where there is none. */
export function valueText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
}

/** Whether `where` lets a value through: equal texts; null is equal to what is not there. */
export const isOneOf = (value: unknown, allowed: readonly unknown[]): boolean => {
  const text = valueText(value);
  return allowed.some((wanted) => valueText(wanted) === text);
};

/** Whether a value can be fed as text: lists and records cannot. */
export const isScalar = (value: unknown): boolean =>
  ['string', 'number', 'boolean', 'bigint'].includes(typeof value);

const MAX_FIELDS = 100;

/** Fields and JSON paths to the scalars of the rows, in order of first appearance; of lists, the first item. */
export function listFields(rows: Iterable<Row>): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, path: string, depth: number): void => {
    if (found.size >= MAX_FIELDS || depth > 4) return;
    const isPlain = typeof value === 'object' && value !== null && !(value instanceof Date);
    if (!isPlain) found.add(path);
    else if (Array.isArray(value)) visit(value[0], `${path}[0]`, depth + 1);
    else for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`, depth + 1);
  };
  for (const row of rows) for (const [key, value] of Object.entries(row)) visit(value, key, 0);
  return [...found];
}
