/** JSON with comments that still knows its lines, so that an error can point at one. */
import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { usageError } from '../../protocol/errors';

export type JsonPath = (string | number)[];

export interface JsonDocument {
  readonly name: string;
  readonly value: unknown;
  /** "line 12, methods[0].topFraction"; the line is that of the nearest ancestor that exists. */
  at(path: JsonPath): string;
}

/** @throws usage errors `experiment-syntax` (with line:column) and `experiment-duplicate-key` */
export function readJsonWithComments(text: string, name: string): JsonDocument {
  try {
    return readDocument(text, name);
  } catch (thrown) {
    // The parser and what follows it recurse: thousands of brackets overflow the stack.
    if (!(thrown instanceof RangeError)) throw thrown;
    throw usageError(
      'experiment-syntax',
      `${name}: nested too deeply.`,
      'An experiment has five levels at most.',
    );
  }
}

function readDocument(text: string, name: string): JsonDocument {
  const source = text.replace(/^\uFEFF/, '');
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true, disallowComments: false });
  const [error] = errors;
  if (error || !root) {
    const where = position(source, error?.offset ?? 0);
    const what = error ? printParseErrorCode(error.error) : 'ValueExpected';
    const message = `${name}:${where.line}:${where.column}: not JSON: ${words(what)}.`;
    throw usageError(
      'experiment-syntax',
      message,
      'Comments and trailing commas are allowed, the rest is JSON.',
    );
  }
  rejectDuplicateKeys(root, source, name);
  return {
    name,
    value: getNodeValue(root),
    at(path) {
      let node: Node | undefined;
      for (let length = path.length; length >= 0 && !node; length--) {
        node = findNodeAtLocation(root, path.slice(0, length));
      }
      const line = `line ${position(source, node?.offset ?? 0).line}`;
      return path.length === 0 ? line : `${line}, ${printPath(path)}`;
    },
  };
}

export function printPath(path: JsonPath): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
}

/** What stands at `path` in a parsed value; undefined where nothing does. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** JSON.parse would keep the last one silently: a filter or a fraction that the author believes in would be gone. */
function rejectDuplicateKeys(node: Node, source: string, name: string): void {
  if (node.type === 'object') {
    const seen = new Set<unknown>();
    for (const property of node.children ?? []) {
      const key: unknown = property.children?.[0]?.value;
      if (seen.has(key)) {
        const message = `${name}, line ${position(source, property.offset).line}: the key '${String(key)}' is given twice.`;
        throw usageError('experiment-duplicate-key', message, 'Keep one of them.');
      }
      seen.add(key);
    }
  }
  for (const child of node.children ?? []) rejectDuplicateKeys(child, source, name);
}

function position(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** 'CommaExpected' -> 'comma expected' */
const words = (code: string): string => code.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
