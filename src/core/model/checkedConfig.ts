import { inputError, type ToolError } from '../../protocol/errors';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A config.json whose fields are checked as they are read. Transformers writes an absent value as a missing field or
 * as null: both mean the fallback. What cannot be expressed is refused, naming the field: never approximated.
 */
export class CheckedConfig {
  private constructor(
    /** Named in errors. */
    readonly file: string,
    private readonly fields: Fields,
    /** '' or, inside an object, its name and a dot. */
    private readonly prefix: string,
  ) {}

  /** @throws ToolError config-invalid where `value` is not an object */
  static of(value: unknown, file: string): CheckedConfig {
    if (isFields(value)) return new CheckedConfig(file, value, '');
    throw inputError('config-invalid', `${file} is not a JSON object.`, 'Use the config.json of the model.');
  }

  has(field: string): boolean {
    return this.get(field) !== undefined;
  }

  /** An object field as a config of its own, or undefined. */
  object(field: string): CheckedConfig | undefined {
    const value = this.get(field);
    if (value === undefined) return undefined;
    if (!isFields(value)) throw this.invalid(field, 'an object');
    return new CheckedConfig(this.file, value, `${this.prefix}${field}.`);
  }

  /** A positive integer. Without a fallback the field is required. */
  count(field: string, fallback?: number): number {
    const value = this.get(field) ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    throw this.invalid(field, 'a positive integer');
  }

  /** 0 or a positive integer. */
  wholeNumber(field: string, fallback: number): number {
    return this.get(field) === 0 ? 0 : this.count(field, fallback);
  }

  /** A positive number, as wide as a float32 holds. */
  positive(field: string, fallback?: number): number {
    const value = this.get(field) ?? fallback;
    if (typeof value === 'number' && value > 0 && Number.isFinite(Math.fround(value))) return value;
    throw this.invalid(field, 'a positive number');
  }

  /**
   * Where null says "none", unlike a missing field, for which the fallback stands: transformers writes the null.
   * @param read such as `() => config.count(field)`
   */
  orNull(field: string, fallback: number | null, read: (field: string) => number): number | null {
    if (this.get(field) !== undefined) return read(field);
    return Object.hasOwn(this.fields, field) ? null : fallback;
  }

  /** A list of positive numbers. */
  positives(field: string): readonly number[] {
    const value = this.get(field);
    const numbers: unknown[] = Array.isArray(value) ? value : [undefined];
    const fits = (n: unknown): n is number => typeof n === 'number' && n > 0 && Math.fround(n) < Infinity;
    if (numbers.every(fits)) return numbers;
    throw this.invalid(field, 'a list of positive numbers');
  }

  flag(field: string, fallback: boolean): boolean {
    const value = this.get(field) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.invalid(field, 'true or false');
  }

  text(field: string, fallback?: string): string {
    const value = this.get(field) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.invalid(field, 'a string');
  }

  /** The first of these fields that is there, or null. */
  textOf(fields: readonly string[]): string | null {
    const field = fields.find((name) => this.has(name));
    return field === undefined ? null : this.text(field);
  }

  texts(field: string): readonly string[] | undefined {
    const value = this.get(field);
    if (value === undefined) return undefined;
    const texts: unknown[] = Array.isArray(value) ? value : [undefined];
    if (texts.every((text) => typeof text === 'string')) return texts;
    throw this.invalid(field, 'a list of strings');
  }

  /** The error for a value that is well-formed but says something this tool does not compute. */
  unsupported(field: string, reason: string): ToolError {
    return inputError(
      'config-unsupported',
      `${this.file}: ${this.prefix}${field} is ${show(this.get(field))}: ${reason}.`,
      'Use a model without it.',
    );
  }

  invalid(field: string, expected: string): ToolError {
    const value = this.get(field);
    const found = value === undefined ? 'is missing' : `is ${show(value)}`;
    return inputError(
      'config-invalid',
      `${this.file}: ${this.prefix}${field} ${found}, expected ${expected}.`,
      'Use the config.json that came with the weights.',
    );
  }

  private get(field: string): unknown {
    return Object.hasOwn(this.fields, field) ? (this.fields[field] ?? undefined) : undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
