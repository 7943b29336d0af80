import type { Experiment, Responses } from './experiment';

/** Path such as `methods[0].scope` -> the value in effect. */
export type Defaults = Record<string, unknown>;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Every value of the resolved experiment that the user's file does not give: its leaves, where a list of plain values
 * is one leaf. What a dataset's `responses` only repeats of the experiment's is listed there, once.
 * @param given the file's content, checked
 */
export function experimentDefaults(given: unknown, { responses, ...rest }: Experiment): Defaults {
  const defaults: Defaults = {};
  const visit = (path: string, value: unknown, own: unknown): void => {
    if (isFields(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const repeats = key !== 'responses' ? null : responses;
        const at = path === '' ? key : `${path}.${key}`;
        if (repeats && isFields(inner)) visitResponses(at, inner, field(own, key), repeats);
        else visit(at, inner, field(own, key));
      }
    } else if (Array.isArray(value) && value.some(isFields)) {
      value.forEach((inner, i) => visit(`${path}[${i}]`, inner, Array.isArray(own) ? own[i] : undefined));
    } else if (own === undefined && value !== undefined) {
      defaults[path] = value;
    }
  };
  const visitResponses = (path: string, value: Fields, own: unknown, repeated: Responses): void => {
    for (const [key, inner] of Object.entries(value)) {
      const isRepeated = field(repeated, key) === inner;
      if (!isRepeated) visit(`${path}.${key}`, inner, field(own, key));
    }
  };
  visit('', rest, given);
  visit('responses', responses, field(given, 'responses'));
  return defaults;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const field = (of: unknown, key: string): unknown =>
  isFields(of) && Object.hasOwn(of, key) ? of[key] : undefined;
