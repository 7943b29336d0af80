/** What may be written at a place of an experiment, from what its dataset holds. Pure. */
import type { DatasetPreview, DatasetValue } from '../../protocol/engine';
import type { Place } from './placeAt';
import { oneLine } from './markdownText';

export interface Suggestion {
  /** As it stands in the file, quotes included. */
  readonly literal: string;
  /** One line of plain text; null: nothing is known. */
  readonly sample: string | null;
  /** Rows that have the value. */
  readonly rows: number | null;
  /** The program would choose it by itself. */
  readonly isDetected: boolean;
}

const SAMPLE_CHARS = 60;

/** Best first. */
export function suggestFields(place: Place, preview: DatasetPreview): Suggestion[] {
  if (place.kind === 'whereValue') return suggestValues(place.key, preview);
  if (place.kind === 'whereKey') {
    const listed = preview.values.map(({ field }) => field);
    const used = new Set(place.dataset.where.map(({ key }) => key.value));
    const rest = preview.fields.filter((field) => !listed.includes(field));
    return [...listed, ...rest]
      .filter((field) => !used.has(field))
      .map((field) => suggestField(field, preview, false));
  }
  if (place.kind !== 'field') return [];
  const detected = preview.detected[place.field];
  const others = place.field === 'prompt' ? preview.detected.otherPrompts : [];
  const first = [...(detected === null ? [] : [detected]), ...others];
  return [...new Set([...first, ...preview.fields])].map((field) =>
    suggestField(field, preview, field === detected),
  );
}

function suggestField(field: string, { firstRows }: DatasetPreview, isDetected: boolean): Suggestion {
  const text = firstRows
    .map((row) => (Object.hasOwn(row, field) ? (row[field] ?? '') : ''))
    .find((value) => value.trim() !== '');
  const sample = text === undefined ? null : oneLine(text, SAMPLE_CHARS);
  return { literal: JSON.stringify(field), sample, rows: null, isDetected };
}

function suggestValues(key: string, { values }: DatasetPreview): Suggestion[] {
  const own = values.find(({ field }) => field === key)?.values ?? [];
  return own.map(({ value, rows }) => ({ literal: literalOf(value), sample: null, rows, isDetected: false }));
}

const literalOf = (value: DatasetValue): string => JSON.stringify(value);
