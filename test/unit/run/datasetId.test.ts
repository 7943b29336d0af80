import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetId } from '../../../src/core/run/datasetId';
import { SAFE_ID } from '../../../src/core/run/experiment';

describe('datasetId', () => {
  it.each([
    ['data/harmbench/harmbench_extract.csv', 'harmbench_extract'],
    ['C:\\data\\Do Not Answer (en).jsonl', 'Do-Not-Answer-en'],
    ['data/*.jsonl', 'set'],
    ['.hidden', 'hidden'],
    ['nul.csv', 'set-nul'],
    ['a.tar.gz', 'a.tar'],
  ])('%s -> %s', (file, id) => expect(datasetId(file, [])).toBe(id));

  it('counts on where the name is taken, whatever its case', () => {
    expect(datasetId('d/Toxic.csv', ['toxic', 'TOXIC-2'])).toBe('Toxic-3');
  });

  it('is always a new one that the schema takes', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.constantFrom('a', 'set', 'A-2', 'b')), (file, taken) => {
        const id = datasetId(file, taken);
        expect(id).toMatch(SAFE_ID);
        expect(taken.map((one) => one.toLowerCase())).not.toContain(id.toLowerCase());
      }),
    );
  });
});
