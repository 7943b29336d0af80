import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { hasKnownEnding } from '../../../src/engine/formats/datasets/registry';
import { errorOf, FIXTURES, rowsOf, scratchFolder } from './scratch';

const scratch = scratchFolder();
let files = 0;
const read = (ending: string, content: string | Uint8Array) =>
  rowsOf(scratch.put(`${files++}.${ending}`, content));
const refused = async (ending: string, content: string | Uint8Array) => errorOf(read(ending, content));

describe('JSON', () => {
  it('reads lists of objects and of strings', async () => {
    expect(await read('json', '\uFEFF[{"p": 1, "n": {"a": [2]}}, "bare"]')).toEqual([
      { p: 1, n: { a: [2] } },
      { $text: 'bare' },
    ]);
  });

  it('gives the keys of nested dictionaries as $key1, $key2', async () => {
    expect(await read('json', '{"A": {"a": ["x", "y"], "b": []}, "B": {"c": [{"p": "z"}]}}')).toEqual([
      { $text: 'x', $key1: 'A', $key2: 'a' },
      { $text: 'y', $key1: 'A', $key2: 'a' },
      { p: 'z', $key1: 'B', $key2: 'c' },
    ]);
    expect(await read('json', '{"data": [{"p": "x"}]}')).toEqual([{ p: 'x', $key1: 'data' }]);
  });

  it.each([
    ['syntax', '[{"p": 1},]', 'it is not JSON'],
    ['a number', '3', 'neither a list nor a dictionary'],
    ['an item that is no row', '["a", 4]', 'item 2 is neither an object nor a string'],
    ['an item below keys', '{"A": {"b": [null]}}', 'item 1 below A > b'],
    ['endless nesting', '{"a":'.repeat(20) + '[]' + '}'.repeat(20), 'neither a list'],
  ])('refuses %s', async (_, content, message) => {
    const error = await refused('json', content);
    expect([error.code, error.kind]).toEqual(['dataset-invalid', 'input']);
    expect(error.message).toContain(message);
  });
});

describe('JSONL', () => {
  it.each(['jsonl', 'ndjson'])('reads a row a line, .%s', async (ending) => {
    expect(await read(ending, '\uFEFF{"p": "a\u2028b"}\r\n\n"bare"\n{"p": "c"}')).toEqual([
      { p: 'a\u2028b' },
      { $text: 'bare' },
      { p: 'c' },
    ]);
  });

  it('puts lines together over the pieces a file is read in', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ p: 'é🙂'.repeat(i) }));
    expect(await read('jsonl', rows.map((row) => JSON.stringify(row)).join('\n'))).toEqual(rows);
  });

  it.each([
    ['{"p": 1}\n\n{"p":', 'line 3 is not JSON'],
    ['{"p": 1}\n[1]\n', 'line 2 holds no JSON object'],
    [`{"p": 1}\n{"p": "${'x'.repeat(1024 * 1024)}"}\n`, 'line 2 is longer than'],
  ])('names the line it cannot read', async (content, message) => {
    const error = await refused('jsonl', content);
    expect(error.code).toBe('dataset-invalid');
    expect(error.message).toContain(message);
  });
});

it('reads plain text, a prompt a line', async () => {
  expect(await read('txt', ' one, "two"\r\n\n  \nthree')).toEqual([
    { $text: ' one, "two"' },
    { $text: 'three' },
  ]);
});

describe('Parquet', () => {
  // Snappy, Zstandard, gzip; three row groups each.
  it.each(['rows.parquet', 'rows.parq', 'rows.pq'])('reads %s', async (name) => {
    const rows = await rowsOf(join(FIXTURES, 'datasets/binary', name));
    expect(rows.map((row) => row.prompt)).toEqual(["Wie geht's?", 'two\nlines', ' lead', 'four', 'fünf 🙂']);
    expect(rows.map((row) => row.response ?? null)).toEqual(['Gut.', 'yes', null, '', 'ok']);
    expect(rows[4]).toMatchObject({
      id: 2n ** 53n + 1n,
      tags: ['d'],
      chat: [{ role: 'user', content: 'q4' }],
    });
  });

  it('refuses what is none, and one cut short', async () => {
    const whole = readFileSync(join(FIXTURES, 'datasets/binary/rows.parquet'));
    for (const content of ['', 'no parquet at all', whole.subarray(0, 400), whole.subarray(300)]) {
      expect((await refused('parquet', content)).code).toBe('dataset-invalid');
    }
  });
});

describe('XLSX', () => {
  it('reads the first sheet: header row, types, spaces, empty rows and cells', async () => {
    expect(await rowsOf(join(FIXTURES, 'datasets/binary/rows.xlsx'))).toEqual([
      { prompt: 'first', column2: 'x', response: ' leads with a space', n: 1, flag: true },
      { prompt: 'two\nlines', column2: null, response: null, n: 2.5, flag: false },
      { prompt: 'third', column2: 'y', response: 'ok', n: 3, flag: true },
    ]);
  });

  it('refuses what is none, and one cut short', async () => {
    const whole = readFileSync(join(FIXTURES, 'datasets/binary/rows.xlsx'));
    for (const content of ['', 'no zip', whole.subarray(0, 500), whole.subarray(500)]) {
      expect((await refused('xlsx', content)).code).toBe('dataset-invalid');
    }
  });

  it('refuses an archive that unpacks to too much, whatever it says of itself', async () => {
    const zeros = new Uint8Array(65 * 1024 * 1024);
    const sheet = zipSync({ 'xl/worksheets/sheet1.xml': [zeros, { level: 1 }] });
    const bomb = Buffer.from(sheet);
    const directory = bomb.readUInt32LE(bomb.lastIndexOf('PK\x05\x06') + 16);
    for (const stated of [22, directory + 24]) bomb.writeUInt32LE(1000, stated);
    expect(bomb.length).toBeLessThan(1_000_000);
    expect((await refused('xlsx', bomb)).code).toBe('dataset-too-large');
  });
});

it('knows formats by ending, in any case', async () => {
  for (const name of 'a.parquet a.parq a.pq a.csv a.tsv a.json a.JSONL a.ndjson a.txt a.XLSX'.split(' ')) {
    expect(hasKnownEnding(name)).toBe(true);
  }
  const error = await errorOf((async () => rowsOf(scratch.put('rows.xls', 'x')))());
  expect(error.code).toBe('dataset-unknown-ending');
  expect(error.mend).toContain('.csv .tsv .json');
});
