import { cellText, type Cell, type DataTable, type Figure } from './figure';
import { el, type Markup } from './markup';

const isNumber = (cell: Cell | undefined): boolean =>
  typeof cell !== 'string' || /^-?[\d,.]+(e-?\d+)?%?$|^-$/.test(cell);

/** For each column, whether all of it is numbers, which are set to the right; the first one names the rows. */
export const numericColumns = ({ head, rows }: DataTable): boolean[] =>
  head.map((_, column) => column > 0 && rows.every((row) => isNumber(row[column])));

/** A table with a caption; columns of numbers are set to the right. Wide ones scroll on their own. */
export function tableMarkup(title: string, table: DataTable): Markup {
  const { head, rows } = table;
  const numeric = numericColumns(table);
  const kind = (column: number): string | null => (numeric[column] ? 'number' : null);
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': title },
    el(
      'table',
      {},
      el('caption', {}, title),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          head.map((cell, column) => el('th', { scope: 'col', class: kind(column) }, cell)),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map((row) =>
          el(
            'tr',
            {},
            row.map((cell, column) =>
              column === 0
                ? el('th', { scope: 'row' }, cellText(cell))
                : el('td', { class: kind(column) }, cellText(cell)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** The picture, what it says, and its numbers. */
export function figureMarkup({ title, caption, svg, table }: Figure): Markup {
  return el(
    'figure',
    {},
    el('h4', {}, title),
    svg,
    el('figcaption', {}, caption),
    el(
      'details',
      {},
      el('summary', { 'aria-label': `Table of: ${title}` }, 'Table'),
      tableMarkup(title, table),
    ),
  );
}
