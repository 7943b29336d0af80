import type { Table, TableSection } from './table';

/** GitHub's Markdown. */
export function renderMarkdown(sections: readonly TableSection[]): string {
  return sections
    .map(({ heading, tables }) => [`## ${escaped(heading)}`, ...tables.map(tableMarkdown)].join('\n\n'))
    .join('\n\n');
}

function tableMarkdown({ title, head, rows, note }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  const table = [line(head), rule, ...rows.map(line)].join('\n');
  return [`**${escaped(title)}**`, table, ...(note === undefined ? [] : [escaped(note)])].join('\n\n');
}

/** Nothing in an id may start a column, a link, emphasis or an element. */
const escaped = (text: string): string => text.replace(/[\\|`*_<>[\]&]/g, (mark) => `\\${mark}`);
