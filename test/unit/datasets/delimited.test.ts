import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorOf, rowsOf, scratchFolder } from './scratch';

const scratch = scratchFolder();
let files = 0;
const csv = (content: string | Uint8Array, ending = 'csv') =>
  rowsOf(scratch.put(`${files++}.${ending}`, content));

it('keeps cells as they are: several lines, doubled quotes, commas, spaces', async () => {
  expect(await csv('p,r\n"one\ntwo, ""three"""," lead "\nx,\n')).toEqual([
    { p: 'one\ntwo, "three"', r: ' lead ' },
    { p: 'x', r: '' },
  ]);
});

it('reads a byte order mark, CRLF, no final newline, blank lines', async () => {
  expect(await csv('\uFEFFp,r\r\na,"x\r\ny"\r\n\r\nb,c')).toEqual([
    { p: 'a', r: 'x\r\ny' },
    { p: 'b', r: 'c' },
  ]);
});

it('reads UTF-16 with a byte order mark, as spreadsheets save it', async () => {
  const text = 'p\tr\nnaïve\t🙂\n';
  const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  expect(await csv(little, 'tsv')).toEqual([{ p: 'naïve', r: '🙂' }]);
  expect(await csv(Buffer.from(little).swap16(), 'tsv')).toEqual([{ p: 'naïve', r: '🙂' }]);
});

it('separates TSV by tabs only', async () => {
  expect(await csv('p\tr\na, b\t"c\td"\n', 'tsv')).toEqual([{ p: 'a, b', r: 'c\td' }]);
});

it('names empty header cells by position and numbers repeated ones', async () => {
  expect(await csv(',p, ,p,column1\n1,2,3,4,5\n')).toEqual([
    { column1_2: '1', p: '2', column3: '3', p_2: '4', column1: '5' },
  ]);
});

it('takes any name for a field', async () => {
  const [row] = await csv('__proto__,constructor\na,b\n');
  expect(Object.entries(row!)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

it.each([
  ['p,r\na,b\n"x\ny",c\nonly\n', 'line 5: the row has 1 cells, the header has 2'],
  ['p,r\na,b,c\n', 'line 2: the row has 3 cells, the header has 2'],
  ['p,r\n"x\ny",c,d\n', 'lines 2-3: the row has 3 cells, the header has 2'],
])('names the line of a row with too few or too many cells', async (content, message) => {
  const error = await errorOf(csv(content));
  expect(error.code).toBe('dataset-invalid');
  expect(error.message).toContain(message);
});

it.each([
  ['an open quote', 'p\n"never closed\n'],
  ['a quote inside an unquoted cell', 'p\nab"c"\n'],
  ['a record over the limit', `p\n${'x'.repeat(1024 * 1024 + 10)}\n`],
  ['bytes that are no UTF-8', Buffer.from([0x70, 0x0a, 0xff, 0xfe, 0x41, 0x0a])],
])('refuses %s', async (_, content) => {
  expect((await errorOf(csv(content))).code).toBe('dataset-invalid');
});

it('gives back what was written, whatever the cells hold', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', '\t', 'é', '🙂', ';') });
  const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), async (rows, end) => {
      const content = [['p', 'r'], ...rows].map((row) => row.map(quote).join(',') + end).join('');
      expect(await csv(content)).toEqual(rows.map(([p, r]) => ({ p, r })));
    }),
    { numRuns: 200 },
  );
});
