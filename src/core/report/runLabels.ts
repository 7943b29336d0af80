/** Compared runs have long names that differ at their ends: figures call them A, B, C, and a legend says which is which. */
import type { RunLabel } from '../../protocol/explorer/overview';
import type { MethodOverlap, OverlapReport } from '../masks/overlapReport';
import type { SimilarityOverlap, SimilaritySets } from '../similarity/similarityOverlap';
import type { Cell, DataTable } from './figure';

/** @param runs in the order in which they are compared; there are no labels of a single one */
export const runLabels = (runs: readonly Omit<RunLabel, 'label'>[]): RunLabel[] =>
  runs.length < 2 ? [] : runs.map((run, place) => ({ label: runLetter(place), ...run }));

/** A, ..., Z, AA, AB, ... */
export const runLetter = (place: number): string =>
  (place < 26 ? '' : runLetter(Math.floor(place / 26) - 1)) + String.fromCodePoint(65 + (place % 26));

/** @param startedAt ISO 8601 */
export const startText = (startedAt: string): string => `${startedAt.slice(0, 16).replace('T', ' ')} UTC`;

/** `A: 2026-03-02-one-a1b2, 2026-03-02 10:00 UTC` */
export const legendLine = ({ label, folder, startedAt }: RunLabel): string =>
  `${label}: ${folder}, ${startText(startedAt)}`;

/**
 * Ids FOLDER/DATASET as LABEL/DATASET.
 *
 * @param folders names of the runs' folders, in their order; those of a single one are left as they are
 */
export function labelledId(id: string, folders: readonly string[]): string {
  const split = id.indexOf('/');
  const place = folders.length < 2 ? -1 : folders.indexOf(id.slice(0, split));
  return place === -1 ? id : `${runLetter(place)}${id.slice(split)}`;
}

/** The same overlap, its regions called by the labels of their runs. */
export function labelledOverlap(overlap: MethodOverlap, folders: readonly string[]): MethodOverlap {
  const { regions, utility, order, similarity } = overlap;
  const named = (id: string): string => labelledId(id, folders);
  return {
    ...overlap,
    regions: regions.map((region) => ({ ...region, id: named(region.id) })),
    utility: utility && { ...utility, id: named(utility.id) },
    order: order.map(named),
    similarity: similarity && labelledSimilarity(similarity, named),
  };
}

/** The same for a whole report. */
export function labelledReport(report: OverlapReport, folders: readonly string[]): OverlapReport {
  const { methods, crossMethod } = report;
  return {
    ...report,
    methods: Object.fromEntries(
      Object.entries(methods).map(([method, overlap]) => [method, labelledOverlap(overlap, folders)]),
    ),
    crossMethod: crossMethod && {
      ...crossMethod,
      datasets: Object.fromEntries(
        Object.entries(crossMethod.datasets).map(([id, of]) => [labelledId(id, folders), of]),
      ),
    },
  };
}

function labelledSimilarity(similarity: SimilarityOverlap, named: (id: string) => string): SimilarityOverlap {
  const ofSets = (sets: SimilaritySets | null): SimilaritySets | null =>
    sets && {
      ...sets,
      ids: sets.ids.map(named),
      scatter: sets.scatter.map((point) => ({ ...point, a: named(point.a), b: named(point.b) })),
    };
  const { multi, single, all } = similarity.sets;
  return { ...similarity, sets: { multi: ofSets(multi), single: ofSets(single), all: ofSets(all) } };
}

/** A label where an id begins: of a cell, of the next one of a pair, after the number of a row. */
const LABEL = /(?<!\S)([A-Z]+)(?=\/)/g;

/** A table for other programs, which have no legend: ids are RUN/ID again, as the command line writes them. */
export function fullNames({ head, rows }: DataTable, labels: readonly RunLabel[]): DataTable {
  const folders = new Map(labels.map(({ label, folder }) => [label, folder]));
  const full = (text: string): string => text.replace(LABEL, (label: string) => folders.get(label) ?? label);
  const cell = (of: Cell): Cell => (typeof of === 'string' ? full(of) : of);
  return { head: head.map(full), rows: rows.map((row) => row.map(cell)) };
}
