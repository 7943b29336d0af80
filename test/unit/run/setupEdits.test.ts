import { applyEdits } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../src/protocol/errors';
import type { SetupEdit } from '../../../src/protocol/explorer/setup';
import { setupEdits } from '../../../src/core/run/setupEdits';

const FILE = 'x.safety-region.json';
const edited = (text: string, edit: SetupEdit): string => applyEdits(text, setupEdits(text, FILE, edit));
const add = (path: string): SetupEdit => ({ kind: 'addDataset', dataset: { path } });
const drop = (index: number, id: string): SetupEdit => ({ kind: 'removeDataset', index, id });
const set = (method: string, name: string, value: string | number | boolean | null): SetupEdit => ({
  kind: 'methodSetting',
  method,
  name,
  value,
});

function refusal(text: string, edit: SetupEdit): ToolError {
  try {
    setupEdits(text, FILE, edit);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const LISTED = `{
  // what it is about
  "name": "x", /* unknown to us: */ "extra": [1,   2],
  "datasets": [
    // the first
    { "id": "a", "path": "a.csv" }, // behind the first
    { "id": "b", "path": "b.csv" } // behind the last
    // { "id": "off", "path": "off.csv" }
  ],
  "methods": [{ "method": "snip" }]
}
`;

describe('ticking a dataset', () => {
  it('puts its entry behind the last one, and its comma before the comment of that', () => {
    expect(edited(LISTED, add('data/C d.csv'))).toBe(
      LISTED.replace(
        '"b.csv" } // behind the last\n',
        '"b.csv" }, // behind the last\n    { "id": "C-d", "path": "data/C d.csv" }\n',
      ),
    );
  });

  it('writes the fields that it is given', () => {
    const dataset = { path: 'c.csv', prompt: 'Behavior', category: 'Kind' };
    expect(edited('{ "datasets": [] }', { kind: 'addDataset', dataset })).toBe(
      '{ "datasets": [\n  { "id": "c", "path": "c.csv", "prompt": "Behavior", "category": "Kind" }\n] }',
    );
  });

  it('keeps tabs, CRLF and a trailing comma', () => {
    const text = '{\r\n\t"datasets": [\r\n\t\t{ "id": "a", "path": "a" },\r\n\t],\r\n}\r\n';
    expect(edited(text, add('b'))).toBe(
      '{\r\n\t"datasets": [\r\n\t\t{ "id": "a", "path": "a" },\r\n\t\t{ "id": "b", "path": "b" },\r\n\t],\r\n}\r\n',
    );
  });

  it('goes to the next line where the line of the others is full', () => {
    const long = 'd/'.repeat(40);
    expect(edited(`{\n  "datasets": [{ "id": "a", "path": "${long}" }]\n}`, add('b'))).toBe(
      `{\n  "datasets": [{ "id": "a", "path": "${long}" },\n    { "id": "b", "path": "b" }]\n}`,
    );
  });

  it('stays on the line of the others', () => {
    expect(edited('{"datasets":[{"id":"a","path":"a"}]}', add('b'))).toBe(
      '{"datasets":[{"id":"a","path":"a"}, { "id": "b", "path": "b" }]}',
    );
  });

  it('begins the list where there is none, at the place of the schema', () => {
    expect(edited('{\n  "name": "x",\n  "methods": []\n}\n', add('b'))).toBe(
      '{\n  "name": "x",\n  "datasets": [{ "id": "b", "path": "b" }],\n  "methods": []\n}\n',
    );
    expect(edited('{}', add('b'))).toBe('{\n  "datasets": [{ "id": "b", "path": "b" }]\n}');
  });

  it('comes behind the comments of an empty list', () => {
    expect(edited('{\n  "datasets": [\n    // none yet\n  ]\n}', add('b'))).toBe(
      '{\n  "datasets": [\n    // none yet\n    { "id": "b", "path": "b" }\n  ]\n}',
    );
  });

  it('gives ids that no set has: of utility, of overRejection, of a control', () => {
    const text = `{ "datasets": [{ "id": "A", "path": "A" }], "utility": { "id": "a-2", "path": "u" },
      "overRejection": { "id": "a-3", "path": "o" }, "methods": [{ "method": "safeLayer", "control": { "id": "a-4" } }] }`;
    expect(edited(text, add('elsewhere/a.csv'))).toContain('{ "id": "a-5", "path": "elsewhere/a.csv" }');
  });
});

describe('unticking a dataset', () => {
  it('takes its lines out, and no comment outside of it', () => {
    expect(edited(LISTED, drop(0, 'a'))).toBe(
      LISTED.replace('    { "id": "a", "path": "a.csv" }, // behind', '    // behind'),
    );
    expect(edited(LISTED, drop(1, 'b'))).toBe(
      LISTED.replace('"a.csv" }, // behind', '"a.csv" } // behind').replace(
        '    { "id": "b", "path": "b.csv" } // behind',
        '    // behind',
      ),
    );
  });

  it.each([
    ['[{ "id": "a" }, { "id": "b" }]', '[{ "id": "b" }]', 0, 'a'],
    ['[{ "id": "a" }, { "id": "b" }]', '[{ "id": "a" }]', 1, 'b'],
    ['[{ "id": "a" }, { "id": "b" },]', '[{ "id": "a" },]', 1, 'b'],
    ['[ { "id": "a" } ]', '[ ]', 0, 'a'],
    ['[\n  {\n    "id": "a"\n  },\n  { "id": "b" }\n]', '[\n  { "id": "b" }\n]', 0, 'a'],
    ['[\n  { "id": "a" },\n  {\n    "id": "b"\n  }\n]', '[\n  { "id": "a" }\n]', 1, 'b'],
    ['[{ "id": "a" } /* , */ , { "id": "b" }]', '[/* , */  { "id": "b" }]', 0, 'a'],
  ])('of %s leaves %s', (before, after, index, id) => {
    expect(edited(`{ "datasets": ${before} }`, drop(index, id))).toBe(`{ "datasets": ${after} }`);
  });

  it('is refused where another set has its place by now', () => {
    expect(refusal(LISTED, drop(1, 'a')).code).toBe('setup-stale');
    expect(refusal(LISTED, drop(2, 'c')).code).toBe('setup-stale');
  });
});

describe('the utility set', () => {
  const text = '{\n  "datasets": [{ "id": "a", "path": "a" }],\n  "methods": []\n}';

  it('comes behind the datasets, is replaced, and goes', () => {
    const with1 = edited(text, { kind: 'utility', dataset: { path: 'u.jsonl', response: 'output' } });
    expect(with1).toBe(
      '{\n  "datasets": [{ "id": "a", "path": "a" }],\n  "utility": { "id": "u", "path": "u.jsonl", "response": "output" },\n  "methods": []\n}',
    );
    // Its own id is free again.
    const with2 = edited(with1, { kind: 'utility', dataset: { path: 'other/u.csv' } });
    expect(with2).toContain('"utility": { "id": "u", "path": "other/u.csv" },');
    expect(edited(with2, { kind: 'utility', dataset: null })).toBe(text);
  });

  it('stays as it is where it is chosen again', () => {
    const own = text.replace(
      '"methods"',
      '"utility": { "id": "mine", "path": "u", "kind": "multi" },\n  "methods"',
    );
    expect(edited(own, { kind: 'utility', dataset: { path: 'u' } })).toBe(own);
  });
});

describe('methods and settings', () => {
  const text = '{\n  "methods": [\n    { "method": "snip", "scope": "row" } // why\n  ]\n}';

  it('switches a method on and off', () => {
    const on = edited(text, { kind: 'method', method: 'wanda', isOn: true });
    expect(on).toBe(
      '{\n  "methods": [\n    { "method": "snip", "scope": "row" }, // why\n    { "method": "wanda" }\n  ]\n}',
    );
    expect(edited(on, { kind: 'method', method: 'wanda', isOn: true })).toBe(on);
    expect(edited(on, { kind: 'method', method: 'wanda', isOn: false })).toBe(text);
    expect(edited(text, { kind: 'method', method: 'wanda', isOn: false })).toBe(text);
    expect(refusal(text, { kind: 'method', method: 'mystery', isOn: true }).code).toBe('setup-stale');
  });

  it('changes one value, adds one, and takes one back to its default', () => {
    expect(edited(text, set('snip', 'scope', 'model'))).toBe(text.replace('"row"', '"model"'));
    expect(edited(text, set('snip', 'topFraction', 0.01))).toBe(
      text.replace('"row" }', '"row", "topFraction": 0.01 }'),
    );
    expect(edited(text, set('snip', 'scope', null))).toBe(text.replace(', "scope": "row"', ''));
    expect(edited(text, set('snip', 'scope', 'row'))).toBe(text);
  });

  it('takes a number for a text where the schema does', () => {
    const layers = '{ "methods": [{ "method": "safeLayer" }] }';
    expect(edited(layers, set('safeLayer', 'alpha', '1.2'))).toContain('"alpha": 1.2 }');
    expect(edited(layers, set('safeLayer', 'alpha', 'search'))).toContain('"alpha": "search" }');
    expect(refusal(layers, set('safeLayer', 'alpha', 'soon')).message).toBe('alpha cannot be "soon".');
    const fixed: SetupEdit = { kind: 'setting', group: 'responses', name: 'text', value: '12' };
    expect(edited('{}', fixed)).toBe('{\n  "responses": { "text": "12" }\n}');
  });

  it.each([
    ['snip', 'topFraction', 0],
    ['snip', 'topFraction', 1.5],
    ['snip', 'scope', 'column'],
    ['snip', 'mode', 'paper'],
    ['safeLayer', 'pairs', 1.5],
  ])('refuses %s.%s = %s', (method, name, value) => {
    const both = '{ "methods": [{ "method": "snip" }, { "method": "safeLayer" }] }';
    expect(refusal(both, set(method, name, value)).code).toBe('setup-value');
  });

  it('sets sampling and template', () => {
    const count: SetupEdit = { kind: 'setting', group: 'sampling', name: 'count', value: 64 };
    expect(edited('{\n  "sampling": { "count": 1e2 } // many\n}', count)).toBe(
      '{\n  "sampling": { "count": 64 } // many\n}',
    );
    const template: SetupEdit = { kind: 'setting', group: 'experiment', name: 'template', value: 'none' };
    expect(edited('{\n  "name": "x",\n  "methods": []\n}', template)).toBe(
      '{\n  "name": "x",\n  "template": "none",\n  "methods": []\n}',
    );
    expect(refusal('{}', { ...count, value: 0 }).code).toBe('setup-value');
  });

  it('leaves a number as it is written where it is the same', () => {
    const count: SetupEdit = { kind: 'setting', group: 'sampling', name: 'count', value: 100 };
    expect(edited('{ "sampling": { "count": 1e2 } }', count)).toBe('{ "sampling": { "count": 1e2 } }');
  });
});

describe('what is not overwritten', () => {
  it.each<[string, SetupEdit, string]>([
    ['{ "name": ', add('b'), 'experiment-syntax'],
    ['{ "name": "a", "name": "b" }', add('b'), 'experiment-duplicate-key'],
    ['[]', add('b'), 'setup-place'],
    ['{ "datasets": "a" }', add('b'), 'setup-place'],
    ['{ "sampling": 5 }', { kind: 'setting', group: 'sampling', name: 'count', value: 5 }, 'setup-place'],
  ])('%s', (text, edit, code) => expect(refusal(text, edit).code).toBe(code));
});
