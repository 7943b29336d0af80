/** The controls of the page. The only importer of the toolkit, so that swapping it touches this file alone. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { element } from './dom';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDataGrid(),
  vsCodeDataGridCell(),
  vsCodeDataGridRow(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodeProgressRing(),
  vsCodeTextField(),
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

/** A wide table scrolls on its own. */
export const scroller = (grid: HTMLElement): HTMLElement => element('div', { class: 'scroller' }, grid);

/** A control whose value also comes from elsewhere. */
export interface Field<T> {
  readonly root: HTMLElement;
  /** Shows `value`, and tells nobody. */
  set(value: T): void;
}

/** What this page uses of the toolkit's Checkbox. */
interface CheckboxElement extends HTMLElement {
  checked: boolean;
}

export const checkbox = (
  label: string,
  checked: boolean,
  onChange: (checked: boolean) => void,
): HTMLElement => checkField(label, checked, onChange).root;

export function checkField(
  label: string,
  checked: boolean,
  onChange: (checked: boolean) => void,
): Field<boolean> {
  const box = element('vscode-checkbox', {}, label) as CheckboxElement;
  let shown = checked;
  box.checked = checked;
  box.addEventListener('change', () => {
    // It tells of what is set from here, too.
    if (box.checked === shown) return;
    shown = box.checked;
    onChange(shown);
  });
  const set = (value: boolean): void => {
    shown = value;
    box.checked = value;
  };
  return { root: box, set };
}

/** What this page uses of the toolkit's Text Field. */
interface TextFieldElement extends HTMLElement {
  value: string;
}

/** One line of text; what is being typed is not overwritten, and counts when the field is left or Enter is pressed. */
export function textField(label: string, onChange: (text: string) => void): Field<string> {
  const field = element('vscode-text-field', {}, label) as TextFieldElement;
  let shown = '';
  field.addEventListener('change', () => {
    if (field.value === shown) return;
    shown = field.value;
    onChange(shown);
  });
  const set = (value: string): void => {
    const isTyped = field.matches(':focus-within') && field.value !== shown;
    shown = value;
    if (!isTyped) field.value = value;
  };
  return { root: field, set };
}

export function setEnabled(control: HTMLElement, enabled: boolean): void {
  control.toggleAttribute('disabled', !enabled);
}

export function button(label: string, appearance: 'primary' | 'secondary', onClick: () => void): HTMLElement {
  const control = element('vscode-button', { appearance }, label);
  control.addEventListener('click', onClick);
  return control;
}

export interface Choice {
  readonly id: string;
  readonly title: string;
}

/** What this page uses of the toolkit's Dropdown. */
interface DropdownElement extends HTMLElement {
  value: string;
}

/** @param chosen id of one of them */
export function dropdown(
  label: string,
  choices: readonly Choice[],
  chosen: string,
  onChange: (id: string) => void,
): HTMLElement {
  const field = choiceField(label, onChange);
  field.set({ choices, chosen });
  return field.root;
}

interface Choices {
  readonly choices: readonly Choice[];
  /** Id of one of them. */
  readonly chosen: string;
}

export function choiceField(label: string, onChange: (id: string) => void): Field<Choices> & Enabled {
  const root = element('label', { class: 'choice' }, element('span', {}, label));
  let list: DropdownElement | null = null;
  let shown: Choices = { choices: [], chosen: '' };
  let isEnabled = true;
  const make = ({ choices, chosen }: Choices): void => {
    const made = element(
      'vscode-dropdown',
      { 'aria-label': label, ...(isEnabled ? {} : { disabled: '' }) },
      ...choices.map(({ id, title }) =>
        element('vscode-option', { value: id, ...(id === chosen ? { selected: '' } : {}) }, title),
      ),
    ) as DropdownElement;
    made.addEventListener('change', () => {
      if (made !== list || made.value === shown.chosen) return;
      shown = { ...shown, chosen: made.value };
      onChange(made.value);
    });
    list?.remove();
    list = made;
    root.append(made);
  };
  return {
    root,
    set(next) {
      const isSame = JSON.stringify(next.choices) === JSON.stringify(shown.choices);
      shown = next;
      // A list that has other options needs a moment to know them: a new one begins with the right one.
      if (!isSame || !list) make(next);
      else if (list.value !== next.chosen) list.value = next.chosen;
    },
    enable(enabled) {
      isEnabled = enabled;
      if (list) setEnabled(list, enabled);
    },
  };
}

interface Enabled {
  enable(enabled: boolean): void;
}

/** What this page uses of the toolkit's Panels. */
interface PanelsElement extends HTMLElement {
  activeid: string;
}

/** @returns the tabs, and the panel of each by its id */
export function tabs(
  label: string,
  choices: readonly Choice[],
  chosen: string,
  onChange: (id: string) => void,
): { readonly root: HTMLElement; readonly panels: ReadonlyMap<string, HTMLElement> } {
  const panels = new Map(
    choices.map(({ id }) => [id, element('vscode-panel-view', { id: `view-${id}` })] as const),
  );
  const root = element(
    'vscode-panels',
    { 'aria-label': label, activeid: `tab-${chosen}` },
    ...choices.map(({ id, title }) => element('vscode-panel-tab', { id: `tab-${id}` }, title)),
    ...panels.values(),
  ) as PanelsElement;
  root.addEventListener('change', (event) => {
    // Controls inside the panels change, too.
    if (event.target === root) onChange(root.activeid.replace(/^tab-/, ''));
  });
  return { root, panels };
}

export function progress(label: string): HTMLElement {
  return element(
    'div',
    { class: 'loading', role: 'status' },
    // The toolkit makes it an assertive alert; the words beside it are said politely.
    element('vscode-progress-ring', { 'aria-hidden': 'true' }),
    element('p', {}, label),
  );
}
