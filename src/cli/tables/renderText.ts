import type { Table, TableSection } from './table';

/** Aligned plain text: names to the left, numbers to the right. */
export function renderText(sections: readonly TableSection[]): string {
  return sections
    .map(({ heading, tables }) => [underlined(heading), ...tables.map(tableText)].join('\n\n'))
    .join('\n\n\n');
}

const underlined = (heading: string): string => `${heading}\n${'='.repeat(heading.length)}`;

function tableText({ title, head, rows, note }: Table): string {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    title,
    ...[head, ...rows].map((row) => `  ${line(row)}`),
    ...(note === undefined ? [] : [note]),
  ].join('\n');
}
