/** An element with attributes and children. Text goes in as text nodes, never as markup: runs are not trusted. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElement {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Sentences a reader should know; nothing at all where there are none. */
export const noteList = (notes: readonly string[]): HTMLElement[] =>
  notes.length === 0
    ? []
    : [element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note)))];
