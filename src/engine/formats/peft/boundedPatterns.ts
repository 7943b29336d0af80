import { runInNewContext } from 'node:vm';

/** Patterns come with an adapter, so they are hostile until checked: this many milliseconds for all of an adapter's. */
const LIMIT_MS = 5000;

/** Matches the patterns of one adapter, within one limit of time: a great number of slow ones is no way past it. */
export class BoundedPatterns {
  constructor(private leftMs = LIMIT_MS) {}

  /** As `matchWhole`. */
  match(pattern: string, names: readonly string[]): boolean[] {
    const begin = performance.now();
    try {
      return matchWhole(pattern, names, Math.max(1, Math.ceil(this.leftMs)));
    } finally {
      this.leftMs -= performance.now() - begin;
    }
  }
}

/**
 * Whether a regular expression of Python matches each name as a whole. A syntax that JavaScript lacks is an error.
 * @throws Error with the reason: it does not compile, or takes longer than `timeout`, in milliseconds
 */
function matchWhole(pattern: string, names: readonly string[], timeout: number): boolean[] {
  if (pattern.length > 10_000) throw new Error(`it has ${pattern.length} characters`);
  try {
    // In a context of its own, because only code run that way can be stopped from within its own thread.
    const found: unknown = runInNewContext(
      'const test = new RegExp(source); JSON.stringify(names.map((name) => test.test(name)))',
      { source: `^(?:${toJavaScript(pattern)})$`, names: [...names] },
      { timeout },
    );
    return JSON.parse(String(found)) as boolean[];
  } catch (thrown) {
    // Errors of another context are no instances of this one's Error.
    const reason = String((thrown as { message?: unknown } | null)?.message ?? thrown);
    throw new Error(reason.includes('timed out') ? 'it takes too long to match' : reason, { cause: thrown });
  }
}

/** Named groups are all that is spelled differently in what people write here. */
const toJavaScript = (pattern: string): string => pattern.replaceAll('(?P<', '(?<');
