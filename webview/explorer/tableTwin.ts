import { cellText, type DataTable } from '../../src/core/report/figure';
import { numericColumns } from '../../src/core/report/tableMarkup';
import { element } from './dom';
import { t } from './l10n';

/** The numbers of a figure; a wide table scrolls on its own. */
export function tableTwin(title: string, table: DataTable): HTMLElement {
  const { head, rows } = table;
  const numeric = numericColumns(table);
  const kind = (column: number): Record<string, string> => (numeric[column] ? { class: 'number' } : {});
  return element(
    'div',
    { class: 'scroller', tabindex: '0', role: 'group', 'aria-label': t('Table of: {0}', title) },
    element(
      'table',
      { class: 'twin', 'aria-label': title },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...head.map((text, column) =>
            // A corner that names nothing is no header.
            text === '' ? element('td') : element('th', { scope: 'col', ...kind(column) }, text),
          ),
        ),
      ),
      element(
        'tbody',
        {},
        ...rows.map((row) =>
          element(
            'tr',
            {},
            ...row.map((cell, column) =>
              column === 0
                ? element('th', { scope: 'row' }, cellText(cell))
                : element('td', kind(column), cellText(cell)),
            ),
          ),
        ),
      ),
    ),
  );
}
