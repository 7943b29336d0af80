import { describe, expect, it } from 'vitest';
import { datasetEntry, pathFrom } from '../../../../src/host/setup/datasetEntry';

const preview = {
  detected: { prompt: 'Goal', response: null, category: 'topic', otherPrompts: [] },
  values: [
    {
      field: 'topic',
      values: [
        { value: 'fraud', rows: 3 },
        { value: 'Physical Harm', rows: 2 },
      ],
    },
  ],
};

describe('datasetEntry', () => {
  it('names the file from the experiment, and the fields that were detected', () => {
    expect(datasetEntry('/w/data/advbench.csv', preview, '/w', [])).toEqual({
      id: 'advbench',
      path: 'data/advbench.csv',
      prompt: 'Goal',
      category: 'topic',
      kind: 'multi',
    });
  });

  it('keeps the rows of one category', () => {
    const subset = { field: 'topic', value: 'Physical Harm' };
    expect(datasetEntry('/data/a.csv', preview, '/w/exp', ['a'], subset)).toEqual({
      id: 'a-Physical-Harm',
      path: '../../data/a.csv',
      prompt: 'Goal',
      category: 'topic',
      where: { topic: 'Physical Harm' },
      kind: 'single',
    });
  });

  it('leaves out what was not detected', () => {
    const none = { detected: { prompt: null, response: null, category: null, otherPrompts: [] }, values: [] };
    expect(datasetEntry('/w/x.txt', none, '/w', [])).toEqual({ id: 'x', path: 'x.txt' });
  });
});

describe.skipIf(process.platform === 'win32')('pathFrom', () => {
  it.each([
    ['/w', '/w/a/b.csv', 'a/b.csv'],
    ['/w/exp', '/w/data/b.csv', '../data/b.csv'],
    ['/w', '/w', '.'],
  ])('%s to %s', (folder, file, expected) => expect(pathFrom(folder, file)).toBe(expected));
});
