/**
 * Edits of JSON with comments that take no comment away. (jsonc-parser's own `modify` removes what stands between two
 * elements together with one of them, and lays out their neighbours anew.) Pure; paths must exist.
 */
import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import type { JsonPath } from '../../core/run/jsonDocument';
import { printJson, printProperty, type JsonLayout } from './printJson';

/** Puts `value` where another one is. */
export function replaceValue(text: string, path: JsonPath, value: unknown): string {
  const node = nodeAt(text, path);
  const line = lineBefore(text, node.offset);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  const printed = printJson(value, layoutOf(text), indent, line.length - indent.length);
  return splice(text, node.offset, node.length, printed);
}

/** Takes an element of an array, or a property, out; comments above and behind it stay. */
export function removeMember(text: string, path: JsonPath): string {
  const { siblings, index } = memberAt(text, path);
  const node = siblings[index];
  const previous = siblings[index - 1];
  if (!node) return text;
  const ownComma = commaAfter(text, node);
  let end = ownComma === null ? endOf(node) : ownComma + 1;
  let start = node.offset;
  // The whole line, where nothing else stands on it.
  const before = lineBefore(text, start);
  const rest = /^[ \t]*(?:\r?\n)?/.exec(text.slice(end))?.[0] ?? '';
  if (before.trim() === '' && (rest.endsWith('\n') || end + rest.length === text.length)) {
    start -= before.length;
    end += rest.length;
  } else if (ownComma !== null) {
    end += rest.length;
  }
  const without = splice(text, start, end - start, '');
  const comma = index === siblings.length - 1 && previous ? commaAfter(text, previous) : null;
  return comma === null ? without : splice(without, comma, 1, '');
}

/**
 * Puts an element into an array, or a property into an object.
 * @param index place among the members, of a property too
 * @param key of a property
 */
export function insertMember(
  text: string,
  parentPath: JsonPath,
  index: number,
  value: unknown,
  key?: string,
): string {
  const layout = layoutOf(text);
  const parent = nodeAt(text, parentPath);
  const siblings = parent.children ?? [];
  const [first] = siblings;
  if (!first) return replaceValue(text, parentPath, key === undefined ? [value] : { [key]: value });
  const before = lineBefore(text, first.offset);
  const isOnLines = before.trim() === '';
  const print = (indent: string): string =>
    key === undefined ? printJson(value, layout, indent) : printProperty(key, value, layout, indent);
  const printed = print(isOnLines ? before : '');
  const separator = isOnLines ? `${layout.eol}${before}` : ' ';
  const previous = siblings[index - 1];
  if (!previous) return splice(text, first.offset, 0, `${printed},${separator}`);
  const comma = commaAfter(text, previous);
  const isLast = index === siblings.length;
  const at = isOnLines ? lineEndAfter(text, previous) : (comma ?? endOf(previous) - 1) + 1;
  const inserted = splice(text, at, 0, `${separator}${printed}${isLast ? '' : ','}`);
  return comma === null ? splice(inserted, endOf(previous), 0, ',') : inserted;
}

function nodeAt(text: string, path: JsonPath): Node {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, path);
  if (node) return node;
  throw new RangeError(`There is no ${path.join('.')} in the text`);
}

/** Of a property the node with its name is the member, not its value. */
function memberAt(
  text: string,
  path: JsonPath,
): { readonly siblings: readonly Node[]; readonly index: number } {
  const value = nodeAt(text, path);
  const member = value.parent?.type === 'property' ? value.parent : value;
  const siblings = member.parent?.children ?? [];
  return { siblings, index: siblings.indexOf(member) };
}

/** Where the comma behind a member stands, comments passed over; null where there is none. */
function commaAfter(text: string, node: Node): number | null {
  const [passed] = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*,/.exec(text.slice(endOf(node))) ?? [];
  return passed === undefined ? null : endOf(node) + passed.length - 1;
}

/** Behind a member's comma and a comment on the same line. */
function lineEndAfter(text: string, node: Node): number {
  const [passed = ''] = /^(?:[ \t,]|\/\/[^\r\n]*|\/\*[^\n]*?\*\/)*/.exec(text.slice(endOf(node))) ?? [];
  return endOf(node) + passed.trimEnd().length;
}

const endOf = ({ offset, length }: Node): number => offset + length;

const lineBefore = (text: string, offset: number): string =>
  text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);

const splice = (text: string, offset: number, length: number, inserted: string): string =>
  `${text.slice(0, offset)}${inserted}${text.slice(offset + length)}`;

/** As the file is written already. */
function layoutOf(text: string): JsonLayout {
  const unit = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  return { unit, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}
