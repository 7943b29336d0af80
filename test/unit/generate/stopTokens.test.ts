import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { stopTokens } from '../../../src/engine/generate/stopTokens';
import { codeOf, temporaryFolder } from '../formats-model/temporaryFolder';

const EOS = { eosToken: { text: '</s>', id: 2 } };

test.each<[string, Record<string, unknown>, number[]]>([
  ['a number', { 'generation_config.json': { eos_token_id: 7 } }, [2, 7]],
  ['a list', { 'generation_config.json': { eos_token_id: [7, 9, 7] } }, [2, 7, 9]],
  [
    'both files',
    { 'generation_config.json': { eos_token_id: 5 }, 'config.json': { eos_token_id: [6] } },
    [2, 5, 6],
  ],
  ['null and nothing', { 'generation_config.json': { eos_token_id: null }, 'config.json': {} }, [2]],
  ['no files', {}, [2]],
])('%s', async (_, files, expected) => {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), JSON.stringify(content));
  expect([...(await stopTokens(folder, EOS))].sort((a, b) => a - b)).toEqual(expected);
});

test('a model that names no stop token has none', async () => {
  expect([...(await stopTokens(await temporaryFolder(), { eosToken: null }))]).toEqual([]);
});

test('a file past all measure is refused unread', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'generation_config.json');
  await writeFile(file, '{}');
  await truncate(file, 5e9);
  expect(await codeOf(() => stopTokens(folder, EOS))).toBe('stop-tokens-invalid');
});

test.each(['"</s>"', '-1', '1.5', '[1, "2"]', '{}'])('eos_token_id %s is refused', async (value) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'generation_config.json'), `{"eos_token_id": ${value}}`);
  expect(await codeOf(() => stopTokens(folder, EOS))).toBe('stop-tokens-invalid');
});
