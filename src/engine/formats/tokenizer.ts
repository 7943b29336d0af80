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
 * Reads tokenizer.json, tokenizer_config.json and special_tokens_map.json (the last two are optional). What special
 * tokens a text gets is the post-processor of tokenizer.json alone: `add_bos_token` of tokenizer_config.json is
 * passed over, as transformers 5 does where there is a tokenizer.json.
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
      decoder: null,
      post_processor: null,
      ...definition,
      pre_tokenizer: exactPreTokenizer(definition.pre_tokenizer ?? null),
      added_tokens: Array.isArray(definition.added_tokens) ? definition.added_tokens : [],
    },
    {
      ...config,
      ...texts,
      additional_special_tokens: additional.map(tokenText).filter((text) => text !== null),
    },
  );
}

/** The pattern of GPT-2, which `ByteLevel` splits by. */
const BYTE_LEVEL = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Restates two pre-tokenizers as `Split`, whose patterns the library translates exactly. Its `Digits` knows ASCII
 * digits only, where the original takes every character of class N (the 3/4 sign is one), and its `ByteLevel` uses
 * JavaScript's idea of white space, which has U+FEFF and lacks U+0085.
 */
function exactPreTokenizer(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const config = value as JsonObject;
  const split = (Regex: string): JsonObject => ({
    type: 'Split',
    pattern: { Regex },
    behavior: 'Isolated',
    invert: false,
  });
  if (config.type === 'Sequence' && Array.isArray(config.pretokenizers)) {
    return { ...config, pretokenizers: config.pretokenizers.map(exactPreTokenizer) };
  }
  if (config.type === 'Digits') return split(config.individual_digits === true ? '\\p{N}' : '\\p{N}+');
  // With a prefix space the order matters: it comes before the splitting.
  if (config.type === 'ByteLevel' && config.use_regex !== false && config.add_prefix_space !== true) {
    return { type: 'Sequence', pretokenizers: [split(BYTE_LEVEL), { ...config, use_regex: false }] };
  }
  return config;
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
