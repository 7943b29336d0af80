import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { inputError, type ToolError } from '../../protocol/errors';

export interface SpecialToken {
  readonly text: string;
  readonly id: number;
}

export interface TextTokenizer {
  /** `addSpecialTokens` asks for what the tokenizer's own post-processor adds (BOS, sometimes EOS). */
  encode(text: string, options: { readonly addSpecialTokens: boolean }): number[];
  /** Spaces are never cleaned up, so that decoding gives back the text that was encoded. */
  decode(ids: readonly number[], options: { readonly skipSpecialTokens: boolean }): string;
  readonly bosToken: SpecialToken | null;
  readonly eosToken: SpecialToken | null;
  /** `bos_token`, `eos_token`, `pad_token`, `unk_token`: the texts that chat templates may refer to. */
  readonly specialTokenTexts: Readonly<Record<string, string>>;
}

type JsonObject = Record<string, unknown>;

const MAX_TOKENIZER_BYTES = 256 * 1024 * 1024;
const SPECIAL_NAMES = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const;

/**
 * Reads tokenizer.json, tokenizer_config.json and special_tokens_map.json (the last two are optional).
 *
 * @throws input errors `tokenizer-missing`, `tokenizer-invalid` (naming the file)
 */
export async function loadTokenizer(directory: string): Promise<TextTokenizer> {
  const file = join(directory, 'tokenizer.json');
  const definition = await readJsonObject(file);
  if (!definition) {
    throw inputError(
      'tokenizer-missing',
      `${directory} has no tokenizer.json.`,
      'Save it there with AutoTokenizer.from_pretrained(MODEL).save_pretrained(DIRECTORY).',
    );
  }
  const config = (await readJsonObject(join(directory, 'tokenizer_config.json'))) ?? {};
  const map = (await readJsonObject(join(directory, 'special_tokens_map.json'))) ?? {};
  const texts: Record<string, string> = {};
  for (const name of SPECIAL_NAMES) {
    const text = tokenText(config[name]) ?? tokenText(map[name]);
    if (text !== null) texts[name] = text;
  }
  try {
    return wrap(build(definition, config, texts), texts, file);
  } catch (thrown) {
    throw invalid(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function build(
  definition: JsonObject,
  config: JsonObject,
  texts: Readonly<Record<string, string>>,
): Tokenizer {
  if (typeof definition.model !== 'object' || definition.model === null) throw new Error("it has no 'model'");
  const additional = Array.isArray(config.additional_special_tokens) ? config.additional_special_tokens : [];
  return new Tokenizer(
    {
      normalizer: null,
      pre_tokenizer: null,
      decoder: null,
      ...definition,
      added_tokens: Array.isArray(definition.added_tokens) ? definition.added_tokens : [],
      post_processor: postProcessor(definition, config, texts),
    },
    {
      ...config,
      ...texts,
      additional_special_tokens: additional.map(tokenText).filter((text) => text !== null),
    },
  );
}

/**
 * `add_bos_token` and `add_eos_token`, where tokenizer_config.json states either, replace the post-processor of
 * tokenizer.json, as in transformers 5 (and in 4 for the Llama family): files with a stale one exist.
 */
function postProcessor(
  definition: JsonObject,
  config: JsonObject,
  texts: Readonly<Record<string, string>>,
): unknown {
  const stated = [config.add_bos_token, config.add_eos_token].some((flag) => typeof flag === 'boolean');
  if (!stated) return definition.post_processor ?? null;
  const special = (id: string | undefined, wanted: unknown): unknown[] =>
    wanted === true && id !== undefined ? [{ SpecialToken: { id, type_id: 0 } }] : [];
  const single = [
    ...special(texts.bos_token, config.add_bos_token),
    { Sequence: { id: 'A', type_id: 0 } },
    ...special(texts.eos_token, config.add_eos_token),
  ];
  return { type: 'TemplateProcessing', single, pair: [], special_tokens: {} };
}

function wrap(tokenizer: Tokenizer, texts: Readonly<Record<string, string>>, file: string): TextTokenizer {
  const special = (text: string | undefined): SpecialToken | null => {
    const id = text === undefined ? undefined : tokenizer.token_to_id(text);
    return text === undefined || id === undefined ? null : { text, id };
  };
  return {
    encode: (text, { addSpecialTokens }) => {
      const ids: readonly unknown[] = tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids;
      return ids.map((id) => {
        if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
        // A vocabulary without an unknown token may have nothing for a piece of the text.
        throw invalid(file, `its vocabulary has no id for a part of ${JSON.stringify(text.slice(0, 60))}`);
      });
    },
    decode: (ids, { skipSpecialTokens }) =>
      ids.length === 0
        ? ''
        : tokenizer.decode([...ids], {
            skip_special_tokens: skipSpecialTokens,
            clean_up_tokenization_spaces: false,
          }),
    bosToken: special(texts.bos_token),
    eosToken: special(texts.eos_token),
    specialTokenTexts: texts,
  };
}

/** A token is a string or an AddedToken record. */
function tokenText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { content } = value as JsonObject;
  return typeof content === 'string' ? content : null;
}

/** null where there is no such file. */
async function readJsonObject(file: string): Promise<JsonObject | null> {
  const size = await stat(file).then(
    (found) => found.size,
    () => null,
  );
  if (size === null) return null;
  if (size > MAX_TOKENIZER_BYTES)
    throw invalid(file, `it has ${size} bytes, more than ${MAX_TOKENIZER_BYTES}`);
  let value: unknown;
  try {
    value = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (thrown) {
    throw invalid(file, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(file, 'it holds no JSON object');
  }
  return value as JsonObject;
}

const invalid = (file: string, reason: string): ToolError =>
  inputError(
    'tokenizer-invalid',
    `${file} cannot be used: ${reason}.`,
    'Copy the file from the model again.',
  );
