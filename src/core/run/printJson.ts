/** JSON as a person would write it: what fits stands on one line. Pure. */
export interface JsonLayout {
  /** One level of it: spaces or a tab. */
  readonly unit: string;
  readonly eol: '\n' | '\r\n' | '\r';
}

/** Characters of a line, where that can be. */
export const WIDTH = 100;

/**
 * @param indent white space that the line begins with
 * @param used characters between that and the value
 */
export function printJson(value: unknown, layout: JsonLayout, indent = '', used = 0): string {
  const line = oneLine(value);
  const isLong = indent.length + used + line.length + 1 > WIDTH;
  return isLong && typeof value === 'object' && value !== null ? printLines(value, layout, indent) : line;
}

/** With a line of its own for each member, even where all would fit on one. */
export function printLines(value: object, layout: JsonLayout, indent = ''): string {
  const inner = `${indent}${layout.unit}`;
  const lines = Array.isArray(value)
    ? value.map((element) => `${inner}${printJson(element, layout, inner)}`)
    : Object.entries(value).map(([key, own]) => `${inner}${printProperty(key, own, layout, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}${layout.eol}${lines.join(`,${layout.eol}`)}${layout.eol}${indent}${close}`;
}

export function printProperty(key: string, value: unknown, layout: JsonLayout, indent: string): string {
  const name = `${JSON.stringify(key)}: `;
  return `${name}${printJson(value, layout, indent, name.length)}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, own]) => `${JSON.stringify(key)}: ${oneLine(own)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
