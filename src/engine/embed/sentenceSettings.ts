/** What a directory of sentence-transformers says beside the model: pooling, and where texts are cut. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inputError } from '../../protocol/errors';

export interface SentenceSettings {
  readonly pooling: 'mean' | 'cls';
  /** Special tokens included; null where nothing says so. */
  readonly maxTokens: number | null;
}

/** @throws input errors `encoder-invalid` (no JSON object) and `encoder-unsupported` */
export async function readSentenceSettings(directory: string): Promise<SentenceSettings> {
  const sentence = await readJson(path.join(directory, 'sentence_bert_config.json'));
  const poolingFile = path.join(directory, '1_Pooling', 'config.json');
  const pooling = (await readJson(poolingFile)) ?? {};
  const modes = Object.keys(pooling).filter(
    (key) => key.startsWith('pooling_mode_') && pooling[key] === true,
  );
  const isCls = modes.length === 1 && modes[0] === 'pooling_mode_cls_token';
  const isMean = modes.length === 0 || (modes.length === 1 && modes[0] === 'pooling_mode_mean_tokens');
  if (!isCls && !isMean) {
    throw inputError(
      'encoder-unsupported',
      `${poolingFile} asks for ${modes.join(' and ')}; the mean over tokens and the first token are known.`,
      'Use another encoder.',
    );
  }
  const modules: unknown = await readAny(path.join(directory, 'modules.json'));
  const dense = Array.isArray(modules) && modules.some((entry) => isDense(entry));
  if (dense) {
    throw inputError(
      'encoder-unsupported',
      `${path.join(directory, 'modules.json')} has a Dense module, which is not computed.`,
      'Use another encoder.',
    );
  }
  const max = sentence?.max_seq_length;
  return {
    pooling: isCls ? 'cls' : 'mean',
    maxTokens: typeof max === 'number' && Number.isSafeInteger(max) && max > 2 ? max : null,
  };
}

const isDense = (entry: unknown): boolean =>
  typeof entry === 'object' && entry !== null && 'type' in entry && String(entry.type).endsWith('Dense');

async function readJson(file: string): Promise<Readonly<Record<string, unknown>> | null> {
  const value = await readAny(file);
  if (value === null) return null;
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw inputError(
    'encoder-invalid',
    `${file} holds no JSON object.`,
    'Copy the file from the encoder again.',
  );
}

async function readAny(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw inputError('encoder-invalid', `${file} is not JSON.`, 'Copy the file from the encoder again.');
  }
}
