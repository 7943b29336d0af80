import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExperimentFields } from '../../../../src/core/run/experiment';
import { readJsonWithComments } from '../../../../src/core/run/jsonDocument';
import { editExperimentText as editNamed, experimentText } from '../../../../src/host/setup/experimentText';
import { codeOf } from '../../formats-model/temporaryFolder';

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

const editExperimentText = (text: string, experiment: ExperimentFields): string =>
  editNamed(text, experiment, 'x');

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

describe('editExperimentText', () => {
  const TEXT = `{
  // which one
  "schemaVersion": 1, "name": "small",
  "model": "embedded:random-tiny", // random
  "datasets": [
    // the first
    { "id": "a", "path": "a.csv", "prompt": "goal" },
    // the second
    { "id": "b", "path": "data/b.jsonl", "where": { "topic": ["weapons", "fraud"] } }
  ],
  "methods": [{ "method": "snip" }] // one
}
`;

  it('changes nothing where nothing changes', () => {
    expect(editExperimentText(TEXT, SMALL)).toBe(TEXT);
    expect(editExperimentText(SAMPLE, sample())).toBe(SAMPLE);
  });

  it('changes one value in its place', () => {
    const edited = editExperimentText(TEXT, { ...SMALL, model: 'hub:org/name' });
    expect(edited).toBe(TEXT.replace('embedded:random-tiny', 'hub:org/name'));
  });

  it('takes out one dataset, and leaves the other and all comments', () => {
    const without = (gone: string): string =>
      editExperimentText(TEXT, { ...SMALL, datasets: SMALL.datasets.filter(({ id }) => id !== gone) });
    expect(without('a')).toBe(TEXT.replace('    { "id": "a", "path": "a.csv", "prompt": "goal" },\n', ''));
    expect(without('b')).toBe(TEXT.replace(/ {4}\{ "id": "b".*\n/, '').replace('"goal" },', '"goal" }'));
  });

  it('adds a dataset and a method behind the others, laid out as the file is', () => {
    const edited = editExperimentText(TEXT.replaceAll('\n', '\r\n'), {
      ...SMALL,
      datasets: [...SMALL.datasets, { id: 'c', path: 'c.txt' }],
      methods: [...SMALL.methods, { method: 'wanda', topFraction: 0.1 }],
    });
    expect(edited.replaceAll('\r\n', '').includes('\n')).toBe(false);
    for (const comment of ['which one', 'random', 'the first', 'the second', 'one']) {
      expect(edited).toContain(`// ${comment}\r\n`);
    }
    expect(edited).toContain('["weapons", "fraud"] } },\r\n    { "id": "c", "path": "c.txt" }\r\n  ],');
    expect(edited).toContain('[{ "method": "snip" }, { "method": "wanda", "topFraction": 0.1 }] // one');
  });

  it('adds behind a comment on the same line, and where a comma is already', () => {
    const text = '{\n  "schemaVersion": 1,\n  "name": "n", // a name, of mine\n}\n';
    expect(editExperimentText(text, { schemaVersion: 1, name: 'n', model: 'm' } as ExperimentFields)).toBe(
      '{\n  "schemaVersion": 1,\n  "name": "n", // a name, of mine\n  "model": "m",\n}\n',
    );
  });

  it('takes a key out', () => {
    const rest = sample();
    delete rest.utility;
    const edited = editExperimentText(SAMPLE, rest);
    expect(edited).toContain('// The model answers itself');
    expect(readJsonWithComments(edited, 'x').value).toEqual(rest);
  });

  it.each(['', ' \n', '[1]'])('replaces %j as a whole', (text) => {
    expect(editExperimentText(text, SMALL)).toBe(experimentText(SMALL));
  });

  it('touches nothing that is half written', async () => {
    expect(await codeOf(() => editExperimentText('{ "name": ', SMALL))).toBe('experiment-syntax');
    expect(await codeOf(() => editExperimentText('{ "name": "a", "name": "b" }', SMALL))).toBe(
      'experiment-duplicate-key',
    );
  });

  it('says what is wanted, whatever was there, and keeps the comment above it', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd');
    const dataset = fc.record(
      { id, path: fc.constantFrom('x.csv', ['y.csv', 'z.csv']), prompt: fc.constantFrom('p', '"q\\') },
      { requiredKeys: ['id', 'path'] },
    );
    const experiment = fc.record(
      {
        schemaVersion: fc.constant(1 as const),
        name: fc.constantFrom('n', 'm'),
        model: fc.constant('m'),
        datasets: fc.uniqueArray(dataset, { minLength: 1, selector: (one) => one.id }),
        utility: fc.constantFrom(null, { id: 'Du', path: 'u.csv' }),
        methods: fc.constantFrom<ExperimentFields['methods']>(
          [{ method: 'snip' }],
          [{ method: 'wanda' }, { method: 'snip', topFraction: 0.1 }],
        ),
      },
      { requiredKeys: ['schemaVersion', 'name', 'model', 'datasets', 'methods'] },
    );
    fc.assert(
      fc.property(experiment, experiment, (from, to) => {
        const text = `// mine\n${experimentText(from)}`;
        const edited = editExperimentText(text, to);
        expect(edited.startsWith('// mine\n')).toBe(true);
        expect(readJsonWithComments(edited, 'x').value).toEqual(JSON.parse(JSON.stringify(to)));
      }),
    );
  });
});
