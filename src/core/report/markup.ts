/** HTML and SVG as text. Everything that is not `Markup` is escaped, so that no id or path can become an element. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Child = Markup | string | number | null | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | null>>;

/** An element with a closing tag. Attributes of null are left out; names of both come from the code. */
export function el(name: string, attributes: Attributes = {}, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === null ? '' : ` ${key}="${escaped(String(value))}"`))
    .join('');
  return new Markup(`<${name}${written}>${children.map(textOf).join('')}</${name}>`);
}

export const join = (...children: readonly Child[]): Markup => new Markup(children.map(textOf).join(''));

function textOf(child: Child): string {
  if (child === null) return '';
  if (child instanceof Markup) return child.text;
  if (typeof child === 'string' || typeof child === 'number') return escaped(String(child));
  return child.map(textOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters, and those that turn the direction of text, are shown as '?'; line breaks stay. */
export const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (mark) => (mark === '\n' ? mark : '?'))
    .replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
