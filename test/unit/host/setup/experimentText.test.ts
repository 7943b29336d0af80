import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ExperimentFields } from '../../../../src/core/run/experiment';
import { readJsonWithComments } from '../../../../src/core/run/jsonDocument';
import { experimentText } from '../../../../src/host/setup/experimentText';

const SMALL: ExperimentFields = {
  schemaVersion: 1,
  name: 'small',
  model: 'embedded:random-tiny',
  datasets: [
    { id: 'a', path: 'a.csv', prompt: 'goal' },
    { id: 'b', path: 'data/b.jsonl', where: { topic: ['weapons', 'fraud'] } },
  ],
  methods: [{ method: 'snip' }],
};

const SAMPLE = readFileSync('native-models/sample/sample.safety-region.json', 'utf8');
const sample = (): ExperimentFields => readJsonWithComments(SAMPLE, 'sample').value as ExperimentFields;

describe('experimentText', () => {
  it('puts on one line what fits', () => {
    expect(experimentText(SMALL)).toBe(`{
  "schemaVersion": 1,
  "name": "small",
  "model": "embedded:random-tiny",
  "datasets": [
    { "id": "a", "path": "a.csv", "prompt": "goal" },
    { "id": "b", "path": "data/b.jsonl", "where": { "topic": ["weapons", "fraud"] } }
  ],
  "methods": [{ "method": "snip" }]
}
`);
  });

  it('leaves out what is undefined, and can be read as the same experiment', () => {
    const text = experimentText({ ...sample(), adapter: undefined });
    expect(text).not.toContain('adapter"');
    const rest = sample();
    delete rest.adapter;
    expect(readJsonWithComments(text, 'x').value).toEqual(rest);
  });
});
