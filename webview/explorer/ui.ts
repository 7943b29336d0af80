/** The controls of the page. The only importer of the toolkit, so that swapping it touches this file alone. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { element } from './dom';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDataGrid(),
  vsCodeDataGridCell(),
  vsCodeDataGridRow(),
  vsCodeProgressRing(),
);

export interface GridCell {
  readonly text: string;
  /** Smaller second line, such as the random floor of a number. */
  readonly note?: string;
  /** 0..1: strength of the cell's shade, which repeats what its text says. */
  readonly shade?: number;
  readonly isRowHeader?: boolean;
  readonly align?: 'start' | 'end';
}

export interface Grid {
  /** Name for assistive technology. */
  readonly label: string;
  readonly columns: readonly {
    readonly title: string;
    readonly width: string;
    readonly align?: 'start' | 'end';
  }[];
  readonly rows: readonly (readonly GridCell[])[];
}

/** A column that holds its longest text on one line where that is not absurd; rows are laid out one by one. */
export function widthOf(texts: readonly string[]): string {
  const longest = Math.min(32, Math.max(8, ...texts.map((text) => text.length)));
  return `minmax(calc(${longest}ch + 18px), 1fr)`;
}

export function dataGrid({ label, columns, rows }: Grid): HTMLElement {
  const header = gridRow(
    columns.map(({ title, align = 'start' }) => ({ text: title, align })),
    'columnheader',
  );
  header.setAttribute('row-type', 'header');
  return element(
    'vscode-data-grid',
    {
      'aria-label': label,
      'generate-header': 'none',
      'grid-template-columns': columns.map(({ width }) => width).join(' '),
    },
    header,
    ...rows.map((cells) => gridRow(cells, 'default')),
  );
}

function gridRow(cells: readonly GridCell[], cellType: 'columnheader' | 'default'): HTMLElement {
  return element(
    'vscode-data-grid-row',
    {},
    ...cells.map(({ text, note, shade, isRowHeader, align = 'end' }, column) => {
      const cell = element(
        'vscode-data-grid-cell',
        {
          'grid-column': String(column + 1),
          'cell-type': isRowHeader === true ? 'rowheader' : cellType,
          class: align === 'end' && isRowHeader !== true ? 'number' : 'text',
        },
        element('span', { class: 'value' }, text),
        ...(note === undefined ? [] : [element('span', { class: 'note' }, note)]),
      );
      // A custom property set through the object model: a style attribute would need 'unsafe-inline'.
      if (shade !== undefined) cell.style.setProperty('--shade', shade.toFixed(3));
      return cell;
    }),
  );
}

/** What this page uses of the toolkit's Checkbox. */
interface CheckboxElement extends HTMLElement {
  checked: boolean;
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  const box = element('vscode-checkbox', {}, label) as CheckboxElement;
  box.checked = checked;
  box.addEventListener('change', () => onChange(box.checked));
  return box;
}

export function setEnabled(control: HTMLElement, enabled: boolean): void {
  control.toggleAttribute('disabled', !enabled);
}

export function button(label: string, appearance: 'primary' | 'secondary', onClick: () => void): HTMLElement {
  const control = element('vscode-button', { appearance }, label);
  control.addEventListener('click', onClick);
  return control;
}

export function progress(label: string): HTMLElement {
  return element(
    'div',
    { class: 'loading', role: 'status' },
    element('vscode-progress-ring', {}),
    element('p', {}, label),
  );
}
