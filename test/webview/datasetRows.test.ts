import { describe, expect, it } from 'vitest';
import type { SetupDataset } from '../../src/protocol/explorer/setup';
import { datasetRows } from '../../webview/explorer/setup/datasetRows';

const set = (id: string, ...paths: string[]): SetupDataset => ({
  ...{ id, paths, prompt: null, response: null, category: null, where: [] },
});
const brief = (datasets: readonly SetupDataset[], files: readonly string[]) =>
  datasetRows(datasets, files).map(({ key, label, entry, file }) => [key, label, entry?.index ?? null, file]);

describe('datasetRows', () => {
  it('has one row a file, ticked where an entry is about it, in the order of the files', () => {
    expect(brief([set('b', './b.csv')], ['a.csv', 'b.csv'])).toEqual([
      ['a.csv', 'a.csv', null, 'a.csv'],
      ['b.csv', 'b.csv', 0, 'b.csv'],
    ]);
  });

  it('has one row an entry where several are about one file', () => {
    expect(brief([set('x', 'a.csv'), set('y', 'a.csv')], ['a.csv'])).toEqual([
      ['a.csv', 'a.csv', 0, 'a.csv'],
      ['a.csv 1', 'a.csv', 1, 'a.csv'],
    ]);
  });

  it('begins with entries that are no file of the list: lists, globs, files elsewhere, half-written ones', () => {
    expect(brief([set('l', 'a.csv', 'b.csv'), set('g', '*.csv'), set('n')], ['a.csv'])).toEqual([
      ['elsewhere 0 a.csv, b.csv', 'a.csv, b.csv', 0, null],
      ['elsewhere 0 *.csv', '*.csv', 1, null],
      ['elsewhere 0 ', '', 2, null],
      ['a.csv', 'a.csv', null, 'a.csv'],
    ]);
  });

  it('never gives a key to another label, as when the list of files comes after the experiment', () => {
    const sets = [set('x', 'a.csv'), set('g', '*.csv'), set('h', '*.csv')];
    const labels = new Map<string, string>();
    for (const { key, label } of [...datasetRows(sets, []), ...datasetRows(sets, ['a.csv'])]) {
      expect(labels.get(key) ?? label).toBe(label);
      labels.set(key, label);
    }
    expect(brief(sets, ['a.csv']).map(([key]) => key)).toEqual([
      'elsewhere 0 *.csv',
      'elsewhere 1 *.csv',
      'a.csv',
    ]);
  });
});
