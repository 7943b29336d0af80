import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../src/core/run/experiment';
import { readDrafts } from '../../../../src/host/experimentFile/datasetDrafts';
import { placeAt } from '../../../../src/host/experimentFile/placeAt';

const TEXT = `{
  // a comment
  "model": "embedded:x",
  "datasets": [
    { "id": "A", "path": "a.csv", "prompt": "p", "response": null, "where": { "c": ["x", 1], "d": true } },
    { "id": "B", "path": ["b/*.json", "c.json"], "responses": { "source": "model" } }
  ],
  "utility": { "id": "U", "path": "u.csv" },
  "overRejection": { "id": "O", "path": "o.csv" },
  "responses": { "source": "fixed", "text": "No." },
  "similarity": { "encoder": "enc" },
  "sampling": { "count": 7 },
  "methods": [{ "method": "safeLayer", "control": { "id": "C", "path": "c.csv" } }],
}`;

const shown = (span: { offset: number; length: number }, text = TEXT): string =>
  text.slice(span.offset, span.offset + span.length);

describe('datasets of a text', () => {
  const { datasets, sampleCount } = readDrafts(TEXT);

  it('are found wherever the format has them, with their role', () => {
    expect(datasets.map(({ id, role }) => [id?.value, role])).toEqual([
      ['A', 'identification'],
      ['B', 'identification'],
      ['U', 'utility'],
      ['O', 'overRejection'],
      ['C', 'control'],
    ]);
    expect(sampleCount).toBe(7);
  });

  it('know where each of their parts stands', () => {
    const [a, b] = datasets;
    expect(shown(a!.paths[0]!.span)).toBe('"a.csv"');
    expect(shown(a!.fields.prompt!.span)).toBe('"p"');
    expect(a!.fields.response).toMatchObject({ value: null });
    expect(a!.fields.category).toBeUndefined();
    expect(a!.where.map(({ key, values }) => [key.value, values.map(({ value }) => value)])).toEqual([
      ['c', ['x', 1]],
      ['d', [true]],
    ]);
    expect(shown(a!.where[1]!.values[0]!.span)).toBe('true');
    expect(b!.paths.map(({ value }) => value)).toEqual(['b/*.json', 'c.json']);
  });

  it("take responses from themselves, else from the experiment; its 'fixed' is not for utility", () => {
    expect(datasets.map(({ responseSource }) => responseSource)).toEqual([
      'fixed',
      'model',
      'dataset',
      'fixed',
      'fixed',
    ]);
  });

  it('are drawn as many times as the engine would where nobody says', () => {
    const text = `{ "schemaVersion": 1, "name": "x", "model": "m", "datasets": [{ "id": "A", "path": "a.csv" }],
      "methods": [{ "method": "snip" }] }`;
    expect(readDrafts(text).sampleCount).toBe(parseExperiment(text, 'x').sampling.count);
  });

  it('say whether any method reads them', () => {
    expect(datasets.every(({ isRead }) => isRead)).toBe(true);
    const without = readDrafts(TEXT.replace('"safeLayer"', '"snip"')).datasets;
    expect(without.filter(({ isRead }) => !isRead).map(({ id }) => id?.value)).toEqual(['O']);
  });

  it.each(['', '{', '[1]', '{ "datasets": 3 }', '{ "datasets": [{ "path": [1, {}], "where": 1 }] }', '"'])(
    'are read without fault from %j',
    (text) => expect(() => readDrafts(text)).not.toThrow(),
  );

  it('are read without fault from every beginning of a text', () => {
    for (let end = 0; end < TEXT.length; end++) {
      const text = TEXT.slice(0, end);
      expect(() => [readDrafts(text), placeAt(text, end)]).not.toThrow();
    }
    expect(readDrafts('['.repeat(100_000)).datasets).toEqual([]);
  });
});

/** The bar is the position. */
function at(marked: string): { kind: string | undefined; span: string | undefined; rest: unknown } {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const place = placeAt(text, offset);
  if (!place) return { kind: undefined, span: undefined, rest: undefined };
  const { kind, span } = place;
  const rest = kind === 'field' ? place.field : kind === 'whereValue' ? place.key : undefined;
  return { kind, span: shown(span, text), rest };
}

describe('a position', () => {
  const inDataset = (body: string): string => `{ "datasets": [{ "id": "A", ${body} }] }`;

  it.each([
    [inDataset('"path": "da|ta"'), 'path', '"data"', undefined],
    [inDataset('"path": |'), 'path', '', undefined],
    [inDataset('"path": ["a", "b|"]'), 'path', '"b"', undefined],
    [inDataset('"prompt": "|"'), 'field', '""', 'prompt'],
    [inDataset('"response": |'), 'field', '', 'response'],
    [inDataset('"category": "c|"'), 'field', '"c"', 'category'],
    [inDataset('"where": { "|" }'), 'whereKey', '""', undefined],
    [inDataset('"where": { "a|": 1 }'), 'whereKey', '"a"', undefined],
    [inDataset('"where": { "a": "x|" }'), 'whereValue', '"x"', 'a'],
    [inDataset('"where": { "a": ["x", |] }'), 'whereValue', '', 'a'],
    ['{ "model": "|" }', 'model', '""', undefined],
    ['{ "adapter": "|" }', 'adapter', '""', undefined],
    ['{ "similarity": { "encoder": "e|" } }', 'encoder', '"e"', undefined],
    ['{ "utility": { "path": "|" } }', 'path', '""', undefined],
    ['{ "utility": { "adapter": "|" } }', 'adapter', '""', undefined],
    ['{ "datasets": [{ "id": "A|" }] }', 'id', '"A"', undefined],
  ])('%s is about %s', (text, kind, span, rest) => {
    expect(at(text)).toEqual({ kind, span, rest });
  });

  it.each([
    '{ "mod|el": "x" }',
    '{ "name": "|" }',
    '{ "datasets": [{ "pa|th": "x" }] }',
    '{ "datasets": [{ "responses": { "source": "|" } }] }',
    '{ "methods": [{ "method": "|" }] }',
    '|',
  ])('%s is about nothing of a workspace', (text) => {
    expect(at(text).kind).toBeUndefined();
  });
});
