import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonScanError, parseStrictJson } from '../../core/formats/jsonScanner';
import { inputError } from '../../protocol/errors';
import { isWithin, type Located, type ModelLocation } from './modelReference';

export interface ModelFile {
  readonly name: string;
  /** Absolute, as the directory names it; may be a link. */
  readonly path: string;
  readonly bytes: number;
}

/** What fixes the model and its token ids, besides the weights, in this order where present. */
const TOKENIZER_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];
const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const MAX_CONFIG_BYTES = 10_000_000;
const MAX_INDEX_BYTES = 100_000_000;
const MAX_SHARDS = 1024;

export interface ModelFiles {
  readonly config: unknown;
  /** Every file that identifies the model: config, tokenizer, index, weights. */
  readonly files: readonly ModelFile[];
  readonly weights: readonly ModelFile[];
  /** Tensor -> name of its shard; null for a model in one file. */
  readonly shardOf: ReadonlyMap<string, string> | null;
}

/**
 * Reads config and index and finds the weights; opens no weights.
 * @throws ToolError config-missing, config-invalid, weights-missing, index-invalid, shard-name, shard-missing,
 *   model-file-outside
 */
export async function readModelFiles(location: ModelLocation): Promise<ModelFiles> {
  const { config, settings } = await readConfig(location);
  const found = await Promise.all(TOKENIZER_FILES.map((name) => findFile(location, name)));
  const tokenizer = found.filter((file) => file !== null);

  // The order of transformers: one file, then shards.
  const single = await findFile(location, WEIGHTS);
  if (single)
    return { config: settings, files: [config, ...tokenizer, single], weights: [single], shardOf: null };
  const index = await findFile(location, INDEX);
  if (!index) {
    throw inputError(
      'weights-missing',
      `${location.directory} has neither ${WEIGHTS} nor ${INDEX}.`,
      'Convert other weights with save_pretrained(..., safe_serialization=True).',
    );
  }
  const shardOf = readWeightMap(await readJson(index, MAX_INDEX_BYTES, 'index-invalid'), index.path);
  const weights: ModelFile[] = [];
  for (const name of [...new Set(shardOf.values())].sort()) {
    const shard = await findFile(location, name);
    if (!shard) {
      throw inputError(
        'shard-missing',
        `${join(location.directory, name)} is missing: ${INDEX} names it.`,
        'Download the model again, with all of its files.',
      );
    }
    weights.push(shard);
  }
  return { config: settings, files: [config, ...tokenizer, index, ...weights], weights, shardOf };
}

/**
 * A model's config.json: where it lies, and what it says.
 * @throws ToolError config-missing, config-invalid, model-file-outside
 */
export async function readConfig(
  location: ModelLocation,
): Promise<{ readonly config: ModelFile; readonly settings: unknown }> {
  const config = await findFile(location, CONFIG);
  if (config) return { config, settings: await readJson(config, MAX_CONFIG_BYTES, 'config-invalid') };
  throw inputError(
    'config-missing',
    `${location.directory} has no config.json.`,
    'Name a directory that transformers can load.',
  );
}

function readWeightMap(index: unknown, path: string): ReadonlyMap<string, string> {
  const map: unknown =
    typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : undefined;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw inputError('index-invalid', `${path}: weight_map is not an object.`, 'Download the index again.');
  }
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map) as [string, unknown][]) {
    if (typeof shard !== 'string' || !/^[^/\\\0:]+\.safetensors$/.test(shard)) {
      throw inputError(
        'shard-name',
        `${path}: ${JSON.stringify(shard).slice(0, 100)} is not a file name of a shard.`,
        'Shards lie beside the index and end in .safetensors; download the index again.',
      );
    }
    shardOf.set(tensor, shard);
  }
  const shards = new Set(shardOf.values()).size;
  if (shards === 0 || shards > MAX_SHARDS) {
    throw inputError(
      'index-invalid',
      `${path} names ${shards} shards.`,
      `Use a model with 1 to ${MAX_SHARDS}.`,
    );
  }
  return shardOf;
}

/**
 * A file of the directory, or null where there is none. Its real place must be one that the model may use.
 * @throws ToolError model-file-outside, adapter-file-outside
 */
export async function findFile(
  { directory, roots }: ModelLocation,
  name: string,
  what: Located = 'model',
): Promise<ModelFile | null> {
  const path = join(directory, name);
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return null;
  }
  if (!roots.some((root) => isWithin(root, real))) {
    throw inputError(
      `${what}-file-outside`,
      `${path} is a link to ${real}, outside the ${what}'s directory.`,
      'Copy the file into the directory, or name the directory that holds it.',
    );
  }
  const status = await stat(real);
  return status.isFile() ? { name, path, bytes: status.size } : null;
}

/** @throws ToolError of the code given: too long, or not proper JSON */
export async function readJson(
  file: ModelFile,
  maxBytes: number,
  code: string,
  mend = 'Download the file again.',
): Promise<unknown> {
  if (file.bytes > maxBytes) {
    throw inputError(code, `${file.path} has ${file.bytes} bytes; at most ${maxBytes} are read.`, mend);
  }
  try {
    // A byte order mark is dropped by the decoder, as Python's json would refuse it and others would not.
    return parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file.path)));
  } catch (thrown) {
    const where = thrown instanceof JsonScanError ? ` at position ${thrown.position}` : '';
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw inputError(code, `${file.path} is not proper JSON${where}: ${reason}`, mend);
  }
}
