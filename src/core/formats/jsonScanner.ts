/**
 * A strict JSON reader for hostile text. `JSON.parse` keeps the last of two equal keys and says nothing; here a
 * second one is an error, because two readers that choose differently would see two different models.
 */
const MAX_DEPTH = 64;
const BLANK = /[\t\n\r ]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
// Without the `u` flag a proper pair would match as well.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

export type JsonFault = 'syntax' | 'duplicate' | 'depth' | 'surrogate';

/** `position` counts UTF-16 units from 0. */
export class JsonScanError extends Error {
  constructor(
    readonly fault: JsonFault,
    readonly position: number,
    message: string,
  ) {
    super(message);
  }
}

export class JsonScanner {
  private depth = 0;

  constructor(
    private readonly text: string,
    private position = 0,
  ) {}

  /** Next character that is not blank, without taking it; '' at the end. */
  peek(): string {
    BLANK.lastIndex = this.position;
    BLANK.test(this.text);
    this.position = BLANK.lastIndex;
    return this.text.charAt(this.position);
  }

  /** Takes one object, calling `onMember` with the scanner standing before each value, which it must take. */
  object(onMember: (key: string) => void): void {
    this.enter('{');
    const seen = new Set<string>();
    if (this.peek() !== '}') {
      do {
        this.peek();
        const at = this.position;
        const key = this.string();
        if (seen.has(key)) throw this.error('duplicate', `The key ${shown(key)} occurs twice.`, at);
        seen.add(key);
        this.take(':');
        onMember(key);
      } while (this.takeIf(','));
    }
    this.leave('}');
  }

  /** Takes one array, calling `onItem` with the scanner standing before each value, which it must take. */
  array(onItem: (index: number) => void): void {
    this.enter('[');
    if (this.peek() !== ']') {
      let index = 0;
      do onItem(index++);
      while (this.takeIf(','));
    }
    this.leave(']');
  }

  string(): string {
    if (this.peek() !== '"') throw this.error('syntax', 'A string is expected.');
    const start = this.position;
    let end = start + 1;
    let escaped = false;
    for (; ; end++) {
      const unit = this.text.charCodeAt(end);
      if (unit === QUOTE) break;
      if (Number.isNaN(unit)) throw this.error('syntax', 'A string has no end.');
      if (unit < SPACE) throw this.error('syntax', 'A string has a control character.', end);
      if (unit === BACKSLASH) {
        escaped = true;
        end++;
      }
    }
    this.position = end + 1;
    const literal = this.text.slice(start, end + 1);
    // Escapes are left to JSON.parse: a string has no keys that it could drop.
    const value = escaped ? this.parseLiteral(literal, start) : literal.slice(1, -1);
    if (LONE_SURROGATE.test(value)) throw this.error('surrogate', 'A string is not valid Unicode.', start);
    return value;
  }

  /** The number as it is written, so that 1.0 and 1 stay apart; `null` where the next value is not a number. */
  numberText(): string | null {
    this.peek();
    return this.match(NUMBER);
  }

  skipValue(): void {
    const next = this.peek();
    if (next === '{') this.object(() => this.skipValue());
    else if (next === '[') this.array(() => this.skipValue());
    else if (next === '"') this.string();
    else if (this.match(NUMBER) === null && this.match(LITERAL) === null) {
      throw this.error('syntax', 'A value is expected.');
    }
  }

  /** True where nothing but blanks is left. */
  atEnd(): boolean {
    return this.peek() === '';
  }

  private parseLiteral(literal: string, start: number): string {
    try {
      return JSON.parse(literal) as string;
    } catch {
      throw this.error('syntax', 'A string has a bad escape.', start);
    }
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.position += found[0].length;
    return found[0];
  }

  private enter(bracket: string): void {
    this.take(bracket);
    if (++this.depth > MAX_DEPTH) throw this.error('depth', `Nested deeper than ${MAX_DEPTH} levels.`);
  }

  private leave(bracket: string): void {
    this.take(bracket);
    this.depth--;
  }

  private take(character: string): void {
    if (!this.takeIf(character)) throw this.error('syntax', `'${character}' is expected.`);
  }

  private takeIf(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position++;
    return true;
  }

  private error(fault: JsonFault, message: string, position = this.position): JsonScanError {
    return new JsonScanError(fault, position, message);
  }
}

/** A hostile key may be megabytes long: messages show its beginning. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);
}

/**
 * `text` as a value, with duplicate keys and absurd nesting refused.
 * @throws JsonScanError
 */
export function parseStrictJson(text: string): unknown {
  const scanner = new JsonScanner(text);
  scanner.skipValue();
  if (!scanner.atEnd()) throw new JsonScanError('syntax', text.length, 'Something follows the value.');
  return JSON.parse(text) as unknown;
}
