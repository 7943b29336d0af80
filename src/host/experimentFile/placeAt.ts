/** What a position in an experiment file is about. Pure. */
import { getLocation } from 'jsonc-parser';
import type { JsonPath } from '../../core/run/jsonDocument';
import { FIELDS, readDrafts, type DatasetDraft, type FieldName, type Span } from './datasetDrafts';

export type Subject =
  | { readonly kind: 'model' | 'adapter' | 'encoder' }
  | { readonly kind: 'id' | 'path' | 'whereKey'; readonly dataset: DatasetDraft }
  | { readonly kind: 'field'; readonly field: FieldName; readonly dataset: DatasetDraft }
  | { readonly kind: 'whereValue'; readonly key: string; readonly dataset: DatasetDraft };

export type Place = Subject & {
  /** Of the literal there, quotes included; empty where there is none yet. */
  readonly span: Span;
};

/** @returns null where the position is about nothing that a workspace knows better than the schema */
export function placeAt(text: string, offset: number): Place | null {
  const { path, previousNode: node, isAtPropertyKey } = getLocation(text, offset);
  const isInside = node !== undefined && node.offset < offset && offset <= node.offset + node.length;
  // Between two literals the parser names the one before.
  const span = isInside ? { offset: node.offset, length: node.length } : { offset, length: 0 };
  const subject = subjectOf(path, isAtPropertyKey, text);
  return subject && { ...subject, span };
}

function subjectOf(path: JsonPath, isKey: boolean, text: string): Subject | null {
  const joined = path.join('/');
  if (joined === 'similarity/encoder' && !isKey) return { kind: 'encoder' };
  if ((joined === 'model' || joined === 'adapter') && !isKey) return { kind: joined };
  const dataset = readDrafts(text).datasets.find(({ at }) => at.every((key, i) => path[i] === key));
  const [name, key, ...more] = dataset ? path.slice(dataset.at.length) : [];
  if (!dataset || name === undefined || more.length > 1) return null;
  if (name === 'where') {
    if (typeof key !== 'string') return null;
    return isKey ? { kind: 'whereKey', dataset } : { kind: 'whereValue', key, dataset };
  }
  if (isKey || more.length > 0) return null;
  if (name === 'path') return { kind: 'path', dataset };
  if (key !== undefined) return null;
  if (name === 'adapter' || name === 'id') {
    return name === 'id' ? { kind: name, dataset } : { kind: name };
  }
  const field = FIELDS.find((known) => known === name);
  return field ? { kind: 'field', field, dataset } : null;
}
