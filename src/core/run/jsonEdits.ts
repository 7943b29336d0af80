/**
 * Edits of JSON with comments that leave every other character where it is. (jsonc-parser's own `modify` drops the
 * comments around what it removes, and hands a line's comment to what it puts in.) Of texts without syntax errors;
 * edits do not overlap and come first to last.
 */
import { createScanner, findNodeAtLocation, parseTree, type Edit, type Node } from 'jsonc-parser';
import type { JsonPath } from './jsonDocument';
import { printJson, printProperty, WIDTH, type JsonLayout } from './printJson';

/** Puts `value` where another one is. */
export function replaceValue(text: string, path: JsonPath, value: unknown): Edit[] {
  const { offset, length } = nodeAt(text, path);
  const indent = indentOf(text, offset);
  const used = offset - lineStart(text, offset) - indent.length;
  return [{ offset, length, content: printJson(value, layoutOf(text), indent, used) }];
}

/** Takes an item of a list, or a property, out. Every comment outside of it stays. */
export function removeMember(text: string, path: JsonPath): Edit[] {
  const value = nodeAt(text, path);
  const node = value.parent?.type === 'property' ? value.parent : value;
  const siblings = node.parent?.children ?? [];
  const previous = siblings[siblings.indexOf(node) - 1];
  const own = commaAfter(text, node);
  const comma = own ?? (previous ? commaAfter(text, previous) : null);
  const end = endOf(node);
  if (comma === null) return [cut(text, node.offset, end)];
  const between = own === null ? text.slice(comma + 1, node.offset) : text.slice(end, comma);
  // A comment stands between: comma and member go, each on its own.
  const parts = [exactly(comma, comma + 1), cut(text, node.offset, end)];
  if (between.trim() !== '') return parts.sort((a, b) => a.offset - b.offset);
  return [own === null ? exactly(comma, end) : cut(text, node.offset, comma + 1)];
}

/**
 * Puts an item into a list, or a property into an object.
 * @param index place among the members, of a property too
 * @param key of a property that is not there
 */
export function insertMember(
  text: string,
  parentPath: JsonPath,
  index: number,
  value: unknown,
  key?: string,
): Edit[] {
  const parent = nodeAt(text, parentPath);
  const [first] = parent.children ?? [];
  const layout = layoutOf(text);
  const print = (indent: string): string =>
    key === undefined ? printJson(value, layout, indent) : printProperty(key, value, layout, indent);
  if (!first) return insertFirst(text, parent, print);
  const previous = parent.children?.[index - 1];
  if (previous) return insertBehind(text, previous, print);
  const indent = startsLine(text, first.offset) ? indentOf(text, first.offset) : null;
  return [insert(first.offset, `${print(indent ?? '')},${indent === null ? ' ' : layout.eol + indent}`)];
}

type Print = (indent: string) => string;

/** On a line of its own where the previous member begins one. */
function insertBehind(text: string, previous: Node, print: Print): Edit[] {
  const { eol, unit } = layoutOf(text);
  const comma = commaAfter(text, previous);
  const end = endOf(previous);
  const tail = comma === null ? end : comma + 1;
  const closing = comma === null ? '' : ',';
  const indent = indentOf(text, previous.offset);
  const at = startsLine(text, previous.offset) ? behindComments(text, tail) : null;
  if (at === null) {
    const content = print(indent);
    const isLong = tail - lineStart(text, tail) + content.length > WIDTH;
    const separator = isLong ? `${eol}${indent}${unit}` : ' ';
    return [insert(tail, `${comma === null ? ',' : ''}${separator}${content}${closing}`)];
  }
  const line = `${eol}${indent}${print(indent)}${closing}`;
  if (comma !== null) return [insert(at, line)];
  return at === end ? [insert(end, `,${line}`)] : [insert(end, ','), insert(at, line)];
}

/** Behind the comments of what is empty else. */
function insertFirst(text: string, container: Node, print: Print): Edit[] {
  const open = container.offset + 1;
  const close = endOf(container) - 1;
  const { eol, unit } = layoutOf(text);
  const indent = indentOf(text, container.offset);
  const line = `${indent}${unit}${print(indent + unit)}${eol}`;
  if (text.slice(open, close).trim() !== '') {
    const isOnLines = startsLine(text, close);
    return [isOnLines ? insert(lineStart(text, close), line) : insert(close, `${print(indent)} `)];
  }
  const isSpread = container.type === 'array' || container.parent === undefined;
  const inner = isSpread ? `${eol}${line}${indent}` : ` ${print(indent)} `;
  return [{ offset: open, length: close - open, content: inner }];
}

/** With the lines where nothing else stands, or else with the spaces behind. */
function cut(text: string, from: number, to: number): Edit {
  const spaces = /^[^\S\r\n]*/.exec(text.slice(to))?.[0].length ?? 0;
  const rest = text.slice(to + spaces);
  const lineEnd = /^(?:\r\n|\r|\n)/.exec(rest)?.[0];
  if (startsLine(text, from)) {
    return exactly(
      lineEnd === undefined ? from : lineStart(text, from),
      to + spaces + (lineEnd?.length ?? 0),
    );
  }
  const before = /[^\S\r\n]*$/.exec(text.slice(0, from))?.[0].length ?? 0;
  return exactly(spaces === 0 && /^[\]}]/.test(rest) ? from - before : from, to + spaces);
}

function nodeAt(text: string, path: JsonPath): Node {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root && findNodeAtLocation(root, path);
  if (node) return node;
  throw new RangeError(`There is no ${path.join('.')} in the text`);
}

/** Where the comma behind a member stands, comments passed over; null where there is none. */
function commaAfter(text: string, node: Node): number | null {
  const scanner = createScanner(text, true);
  scanner.setPosition(endOf(node));
  scanner.scan();
  const at = scanner.getTokenOffset();
  return text[at] === ',' ? at : null;
}

/** The end of the comments that follow on the line, `from` without any; null where something else follows. */
function behindComments(text: string, from: number): number | null {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  for (let end = from; ;) {
    scanner.scan();
    const token = text.slice(scanner.getTokenOffset(), scanner.getPosition());
    if (/^[\r\n]/.test(token)) return end;
    if (/^\/[/*]/.test(token)) end = scanner.getPosition();
    else if (token.trim() !== '' || token === '') return null;
  }
}

/** As the file is written already. */
function layoutOf(text: string): JsonLayout {
  const eol = /\r\n|\r|\n/.exec(text)?.[0] as JsonLayout['eol'] | undefined;
  return { unit: /^[^\S\r\n]+(?=["/[{])/m.exec(text)?.[0] ?? '  ', eol: eol ?? '\n' };
}

const endOf = ({ offset, length }: Node): number => offset + length;
const exactly = (from: number, to: number): Edit => ({ offset: from, length: to - from, content: '' });
const insert = (offset: number, content: string): Edit => ({ offset, length: 0, content });
const lineStart = (text: string, offset: number): number =>
  Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
const indentOf = (text: string, offset: number): string =>
  /^[^\S\r\n]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? '';
const startsLine = (text: string, offset: number): boolean =>
  text.slice(lineStart(text, offset), offset).trim() === '';
