import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { expandPaths } from '../../../src/engine/formats/datasets/expandPaths';
import { errorOf, scratchFolder } from './scratch';

const scratch = scratchFolder();
for (const name of [
  'd/b.jsonl',
  'd/a.jsonl',
  'd/B.csv',
  'd/LICENSE',
  'd/.hidden.jsonl',
  'd/deep/er/c.jsonl',
  'd/deep/a.txt',
  'out/secret.jsonl',
  'with [star] *.csv',
]) {
  scratch.put(name, 'x\n');
}
symlinkSync(join(scratch.path, 'out'), join(scratch.path, 'd/link'));
symlinkSync(join(scratch.path, 'out/secret.jsonl'), join(scratch.path, 'd/z.jsonl'));

const expand = async (...paths: string[]) =>
  (await expandPaths(paths, scratch.path)).map((file) => relative(scratch.path, file).replaceAll('\\', '/'));

it.each([
  ['d/*.jsonl', ['d/a.jsonl', 'd/b.jsonl', 'd/z.jsonl']],
  ['./d/?.jsonl', ['d/a.jsonl', 'd/b.jsonl', 'd/z.jsonl']],
  ['d/*', ['d/B.csv', 'd/a.jsonl', 'd/b.jsonl', 'd/z.jsonl']],
  ['d/**/*.jsonl', ['d/a.jsonl', 'd/b.jsonl', 'd/deep/er/c.jsonl', 'd/z.jsonl']],
  ['d/**/deep/**/c.*', ['d/deep/er/c.jsonl']],
  ['*/deep/a.txt', ['d/deep/a.txt']],
  ['d/.*.jsonl', ['d/.hidden.jsonl']],
  ['with [star] *.csv', ['with [star] *.csv']],
  ['with [star] ?.c*v', ['with [star] *.csv']],
])('%s', async (glob, files) => expect(await expand(glob)).toEqual(files));

it('keeps the order of a list', async () => {
  expect(await expand('d/b.jsonl', 'd/deep/*.txt', 'd/a.jsonl')).toEqual([
    'd/b.jsonl',
    'd/deep/a.txt',
    'd/a.jsonl',
  ]);
});

it('takes absolute globs', async () => {
  expect(await expand(`${scratch.path}/d/deep/*.txt`)).toEqual(['d/deep/a.txt']);
});

it.each(['absent.csv', 'd/*.parquet', 'd', 'absent/**/*.csv'])('has no dataset %s', async (path) => {
  const error = await errorOf(expand(path));
  expect(error.code).toBe('dataset-missing');
  expect(error.message).toContain(join(scratch.path, path));
});

it('is quick on patterns of many ** in deep folders', async () => {
  scratch.put(`t/${'a/'.repeat(40)}c.csv`, 'x\n');
  const started = performance.now();
  await errorOf(expand(`t/${'**/a/'.repeat(8)}b.csv`));
  expect(performance.now() - started).toBeLessThan(500);
  expect(await expand(`t/${'**/a/'.repeat(8)}*.csv`)).toEqual([`t/${'a/'.repeat(40)}c.csv`]);
});

it('is quick on patterns of many stars', async () => {
  scratch.put(`s/${'a'.repeat(200)}.csv`, 'x\n');
  const started = performance.now();
  await errorOf(expand(`s/${'*a'.repeat(60)}*b.csv`));
  expect(performance.now() - started).toBeLessThan(500);
});
