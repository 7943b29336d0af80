import { describe, expect, it } from 'vitest';
import { datasetEntry, freeId, pathFrom } from '../../../../src/host/setup/datasetEntry';

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

describe('freeId', () => {
  it.each([
    ['seed tasks (v2)', [], 'seed-tasks-v2'],
    ['Fraud/Deception', [], 'Fraud-Deception'],
    ['.hidden', [], 'hidden'],
    ['\u00fcber', [], 'uber'],
    ['\u4e2d\u6587', [], 'set'],
    ['con', [], 'set-con'],
    ['a', ['A'], 'a-2'],
    ['a', ['a', 'A-2'], 'a-3'],
  ])('%s beside %j: %s', (text, taken, id) => expect(freeId(text, taken)).toBe(id));
});

describe.skipIf(process.platform === 'win32')('pathFrom', () => {
  it.each([
    ['/w', '/w/a/b.csv', 'a/b.csv'],
    ['/w/exp', '/w/data/b.csv', '../data/b.csv'],
    ['/w', '/w', '.'],
  ])('%s to %s', (folder, file, expected) => expect(pathFrom(folder, file)).toBe(expected));
});
