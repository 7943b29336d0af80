/** A dataset to tick: what it holds, which fields are used, and its first rows. */
import { ToolError } from '../../../src/protocol/errors';
import type { SetupPreview } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { formatCount } from '../format';
import { t } from '../l10n';
import { checkField, setEnabled } from '../ui';
import type { DatasetRow } from './datasetRows';
import type { SetupContext } from './setupContext';
import { withProblem } from './withProblem';

export interface DatasetItem {
  readonly root: HTMLElement;
  set(row: DatasetRow, isEnabled: boolean, isTrusted: boolean): void;
}

/** @param onVisible calls once, when the item is first seen: a workspace may have hundreds of files */
export function datasetItem(
  first: DatasetRow,
  context: SetupContext,
  onVisible: (node: HTMLElement, seen: () => void) => void,
): DatasetItem {
  let row = first;
  let asked: string | null = null;
  let isSeen = false;
  let mayRead = false;
  const problem = withProblem();
  const box = checkField(first.label, false, (isTicked) => {
    const done = toggle(row, isTicked, context);
    done.catch(() => box.set(row.entry !== null));
    problem.of(done);
  });
  const facts = element('p', { class: 'lead' });
  const rows = element('details', { class: 'preview' });
  const root = element('li', { class: 'dataset' }, box.root, facts, problem.root, rows);

  let preview: SetupPreview | null = null;
  const showFacts = (text = describe(row, preview)): void => facts.replaceChildren(text);
  const read = (): void => {
    const key = JSON.stringify(row.entry?.dataset ?? row.label);
    if (!isSeen || !mayRead || asked === key) return;
    asked = key;
    const of = row.entry?.index ?? row.label;
    context.ask('setupPreview', { of }, `preview ${row.key}`).then(
      (answer) => {
        ({ preview } = answer);
        showFacts();
        const table = preview && previewTable(row.label, preview);
        rows.replaceChildren(...(table ? [element('summary', {}, t('First rows')), table] : []));
        rows.hidden = table === null;
      },
      // Why it cannot be used; nothing where the tab was left, or a newer question took its place.
      (thrown: unknown) => {
        if (thrown instanceof ToolError) showFacts(`${thrown.message} ${thrown.mend}`);
      },
    );
  };
  rows.hidden = true;
  onVisible(root, () => {
    isSeen = true;
    read();
  });
  return {
    root,
    set(next, isEnabled, isTrusted) {
      row = next;
      mayRead = isTrusted;
      box.set(row.entry !== null);
      setEnabled(box.root, isEnabled && (row.entry !== null || row.file !== null));
      showFacts(isTrusted ? undefined : untrusted(row));
      read();
    },
  };
}

function toggle(row: DatasetRow, isTicked: boolean, { change }: SetupContext): Promise<void> {
  if (isTicked) return change({ kind: 'addDataset', dataset: { path: row.label } });
  const { index = 0, dataset } = row.entry ?? {};
  return change({ kind: 'removeDataset', index, id: dataset?.id ?? '' });
}

/** What the experiment says of it is no secret of the files. */
const untrusted = (row: DatasetRow): string =>
  [describe(row, null), t('Rows are read in trusted workspaces only.')]
    .filter((text) => text !== '')
    .join(' \u00b7 ');

function describe({ entry }: DatasetRow, preview: SetupPreview | null): string {
  const dataset = entry?.dataset;
  const named = (['prompt', 'response', 'category'] as const).flatMap((field) => {
    const given = dataset?.[field] ?? null;
    const detected = preview?.[field] ?? null;
    if (given !== null) return [`${field}: ${given}`];
    return detected === null ? [] : [`${field}: ${detected} (${t('detected')})`];
  });
  const where = (dataset?.where ?? []).map(({ field, values }) => `${field} = ${values.join(' | ')}`);
  return [...(preview ? [countOf(preview)] : []), ...(dataset ? [dataset.id] : []), ...named, ...where].join(
    ' \u00b7 ',
  );
}

function countOf({ rows, matched, isComplete }: SetupPreview): string {
  const all = isComplete ? t('{0} rows', formatCount(rows)) : t('more than {0} rows', formatCount(rows));
  return matched === rows ? all : `${all}, ${t('{0} of them match', formatCount(matched))}`;
}

function previewTable(label: string, { columns, firstRows }: SetupPreview): HTMLElement | null {
  if (columns.length === 0 || firstRows.length === 0) return null;
  const header = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const body = firstRows.map((cells) =>
    element('tr', {}, ...cells.map((cell) => element('td', {}, cell ?? '\u2013'))),
  );
  return element(
    'div',
    { class: 'scroller' },
    element(
      'table',
      { 'aria-label': t('First rows of {0}', label) },
      element('thead', {}, header),
      element('tbody', {}, ...body),
    ),
  );
}
