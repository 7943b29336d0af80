import { runInNewContext } from 'node:vm';

/** A pattern comes with an adapter, so it is hostile until checked: this many milliseconds for all names together. */
const LIMIT_MS = 1000;

/**
 * Whether a regular expression of Python matches each name as a whole. A syntax that JavaScript lacks is an error.
 * @throws Error with the reason: it does not compile, or takes too long
 */
export function matchWhole(pattern: string, names: readonly string[]): boolean[] {
  if (pattern.length > 10_000) throw new Error(`it has ${pattern.length} characters`);
  try {
    // In a context of its own, because only code run that way can be stopped from within its own thread.
    const found: unknown = runInNewContext(
      'const test = new RegExp(source); JSON.stringify(names.map((name) => test.test(name)))',
      { source: `^(?:${toJavaScript(pattern)})$`, names: [...names] },
      { timeout: LIMIT_MS },
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
