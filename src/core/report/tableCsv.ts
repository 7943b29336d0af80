import type { Cell, DataTable } from './figure';

/** RFC 4180, with lines that end in LF. Numbers have all their digits, undefined ones are empty. */
export const tableCsv = ({ head, rows }: DataTable): string => linesCsv([head, ...rows]);

/** Rows alone. */
export const linesCsv = (rows: DataTable['rows']): string => rows.map((row) => `${csvLine(row)}\n`).join('');

export const csvLine = (cells: readonly Cell[]): string => cells.map(field).join(',');

function field(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
