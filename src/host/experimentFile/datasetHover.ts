/** What a hover shows of a dataset, as Markdown in which nothing of the file's is markup. Pure. */
import type { DatasetPreview } from '../../protocol/engine';
import type { Translator } from '../translator';
import type { DatasetDraft, FieldName } from './datasetDrafts';
import { markdownText } from './markdownText';

const COLUMNS = 4;
const ROWS = 3;
const CELL_CHARS = 80;
const NAME_CHARS = 40;
const CATEGORIES = 12;
const NONE = '\u2013';

/** @param language BCP 47, of numbers */
export function datasetHover(
  draft: DatasetDraft,
  preview: DatasetPreview,
  l10n: Translator,
  language = 'en',
): string {
  const count = (value: number): string => value.toLocaleString(language);
  const parts = [
    summaryLine(draft, preview, l10n, count),
    fieldLine(draft, preview, l10n),
    categoryLine(draft, preview, l10n, count),
    firstRows(draft, preview),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

type Count = (value: number) => string;

function summaryLine(draft: DatasetDraft, preview: DatasetPreview, l10n: Translator, count: Count): string {
  const { rows, matched, fileCount, isComplete } = preview;
  return [
    ...(draft.id ? [`**${markdownText(draft.id.value, NAME_CHARS)}**`] : []),
    isComplete ? l10n.t('{0} rows', count(rows)) : l10n.t('more than {0} rows', count(rows)),
    ...(draft.where.length > 0 ? [l10n.t('{0} of them match', count(matched))] : []),
    ...(fileCount > 1 ? [l10n.t('{0} files', count(fileCount))] : []),
  ].join(' \u00b7 ');
}

/** In effect: what the experiment names, else what is detected. */
function fieldOf(draft: DatasetDraft, preview: DatasetPreview, field: FieldName): string | null {
  const given = draft.fields[field];
  return given ? given.value : preview.detected[field];
}

function fieldLine(draft: DatasetDraft, preview: DatasetPreview, l10n: Translator): string {
  const parts = (['prompt', 'response', 'category'] as const).map((field) => {
    const name = fieldOf(draft, preview, field);
    const isDetected = name !== null && !draft.fields[field];
    const shown = name === null ? NONE : markdownText(name, NAME_CHARS);
    return `${field}: ${shown}${isDetected ? ` \\(${l10n.t('detected')}\\)` : ''}`;
  });
  return parts.join(' \u00b7 ');
}

function categoryLine(draft: DatasetDraft, preview: DatasetPreview, l10n: Translator, count: Count): string {
  const field = fieldOf(draft, preview, 'category');
  const values = preview.values.find((own) => own.field === field)?.values ?? [];
  if (values.length === 0) return '';
  const shown = values
    .slice(0, CATEGORIES)
    .map(({ value, rows }) => `${markdownText(String(value), NAME_CHARS)} \\(${count(rows)}\\)`);
  const hidden = values.length - shown.length;
  const more = hidden > 0 ? [l10n.t('{0} more', count(hidden))] : [];
  return `${l10n.t('Categories')}: ${[...shown, ...more].join(', ')}`;
}

/** The fields in effect first, then the others, as many as there is room for. */
function firstRows(draft: DatasetDraft, preview: DatasetPreview): string {
  const inEffect = (['prompt', 'response', 'category'] as const).flatMap(
    (field) => fieldOf(draft, preview, field) ?? [],
  );
  const known = new Set(preview.fields);
  const columns = [...new Set([...inEffect.filter((field) => known.has(field)), ...preview.fields])].slice(
    0,
    COLUMNS,
  );
  if (columns.length === 0 || preview.firstRows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map((field) => markdownText(field, NAME_CHARS))),
    line(columns.map(() => ':---')),
    ...preview.firstRows.slice(0, ROWS).map((row) =>
      line(
        columns.map((field) => {
          const text = Object.hasOwn(row, field) ? (row[field] ?? null) : null;
          return text === null ? NONE : markdownText(text, CELL_CHARS);
        }),
      ),
    ),
  ].join('\n');
}
