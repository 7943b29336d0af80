import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { inputError } from '../../protocol/errors';
import type { TextTokenizer } from '../formats/tokenizer';

const MAX_BYTES = 10_000_000;

/**
 * Tokens that end an answer: eos_token_id (a number or a list) of generation_config.json and of config.json, and the
 * tokenizer's EOS. transformers takes the first file alone; chat models whose template ends a turn with another
 * token than the tokenizer's EOS list both there.
 *
 * @throws input error `stop-tokens-invalid`
 */
export async function stopTokens(
  directory: string,
  tokenizer: Pick<TextTokenizer, 'eosToken'>,
): Promise<ReadonlySet<number>> {
  const stops = new Set<number>();
  for (const name of ['generation_config.json', 'config.json']) {
    for (const id of await eosIds(path.join(directory, name))) stops.add(id);
  }
  if (tokenizer.eosToken) stops.add(tokenizer.eosToken.id);
  return stops;
}

/** None where there is no such file or field. */
async function eosIds(file: string): Promise<number[]> {
  const bytes = await stat(file).then(
    ({ size }) => size,
    () => null,
  );
  if (bytes === null) return [];
  const invalid = (what: string): Error =>
    inputError('stop-tokens-invalid', `${file}: ${what}.`, 'Copy the file from the model again.');
  if (bytes > MAX_BYTES) throw invalid(`it has ${bytes} bytes; at most ${MAX_BYTES} are read`);
  const text = await readFile(file, 'utf8').catch(() => {
    throw invalid('it cannot be read');
  });
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
  const field: unknown =
    typeof config === 'object' && config !== null && 'eos_token_id' in config ? config.eos_token_id : null;
  const ids: readonly unknown[] = Array.isArray(field) ? field : field === null ? [] : [field];
  return ids.map((id) => {
    if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
    throw invalid('eos_token_id is neither a token id nor a list of them');
  });
}
