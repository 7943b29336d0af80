import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cancelledError, inputError } from '../../protocol/errors';
import { sha256File } from '../../store/checksums';
import { isDirectory, isFile } from '../../store/models/pathKind';
import { loadTokenizer, type TextTokenizer } from '../formats/tokenizer';
import { BertBackend } from './bertBackend';
import { encoderFiles } from './encoderFiles';
import { OnnxBackend } from './onnxBackend';
import { planBatches } from './planBatches';
import { poolStates } from './poolStates';
import type { EncoderBackend, SentenceEncoder } from './sentenceEncoder';
import { readSentenceSettings, type SentenceSettings } from './sentenceSettings';

/** Where neither the model nor sentence_bert_config.json says. */
const DEFAULT_TOKENS = 512;
/** Hashed beside the weights. */
const SETTINGS = ['config.json', 'tokenizer.json', 'sentence_bert_config.json', '1_Pooling/config.json'];

/**
 * A sentence encoder in a directory: config.json and model.safetensors of a BERT, else model.onnx or onnx/model.onnx;
 * tokenizer.json; and what sentence-transformers adds.
 * @throws input errors `encoder-missing`, `encoder-unsupported`, `encoder-invalid`, those of the tokenizer, the config
 * and the weights
 */
export async function openEncoder(directory: string, threads: number): Promise<SentenceEncoder> {
  const { settings, tokenizer, backend } = await openParts(directory, threads);
  try {
    const maxTokens = Math.min(settings.maxTokens ?? backend.maxPositions, backend.maxPositions);
    const files: Record<string, string> = {};
    for (const name of [...SETTINGS, ...(await encoderFiles(directory, backend.format))]) {
      const file = path.join(directory, name);
      if (await isFile(file)) files[name] = await sha256File(file);
    }
    return {
      source: {
        kind: 'encoder',
        name: path.basename(directory),
        format: backend.format,
        pooling: settings.pooling,
        maxTokens,
        files,
      },
      embed: (texts, options) =>
        embed(texts, options, { tokenizer, backend, maxTokens, pooling: settings.pooling }),
      close: () => backend.close(),
    };
  } catch (thrown) {
    await backend.close();
    throw thrown;
  }
}

/** Opens and closes it; its files, which may be large, are not hashed. @throws those of `openEncoder` */
export async function checkEncoderDirectory(directory: string): Promise<void> {
  const { backend } = await openParts(directory, 1);
  await backend.close();
}

interface EncoderParts {
  readonly settings: SentenceSettings;
  readonly tokenizer: TextTokenizer;
  /** The caller closes it. */
  readonly backend: EncoderBackend;
}

async function openParts(directory: string, threads: number): Promise<EncoderParts> {
  if (!(await isDirectory(directory))) {
    throw inputError(
      'encoder-missing',
      `There is no encoder directory ${directory}.`,
      'Correct similarity.encoder.',
    );
  }
  const settings = await readSentenceSettings(directory);
  const tokenizer = await loadTokenizer(directory);
  return { settings, tokenizer, backend: await openBackend(directory, threads) };
}

async function openBackend(directory: string, threads: number): Promise<EncoderBackend> {
  const config = await readConfig(directory);
  const hasWeights = (await encoderFiles(directory, 'safetensors')).length > 0;
  const [onnx] = await encoderFiles(directory, 'onnx');
  if (hasWeights && (config?.model_type === 'bert' || onnx === undefined)) {
    return BertBackend.open(directory, threads);
  }
  if (onnx !== undefined) {
    const max = config?.max_position_embeddings;
    const positions = typeof max === 'number' && Number.isSafeInteger(max) && max > 2 ? max : DEFAULT_TOKENS;
    // RoBERTa's positions begin after its padding token's: two fewer are left for text.
    const offset = /roberta|mpnet/.test(String(config?.model_type)) ? 2 : 0;
    return OnnxBackend.open(path.join(directory, onnx), positions - offset, threads);
  }
  throw inputError(
    'encoder-missing',
    `${directory} has neither model.safetensors nor model.onnx.`,
    'Name the directory of a BERT or MiniLM encoder, or of one exported to ONNX.',
  );
}

async function readConfig(directory: string): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await readFile(path.join(directory, 'config.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // Where it matters, it is read again, with a message.
    return null;
  }
}

interface Embedding {
  readonly tokenizer: TextTokenizer;
  readonly backend: EncoderBackend;
  readonly maxTokens: number;
  readonly pooling: 'mean' | 'cls';
}

async function embed(
  texts: readonly string[],
  { signal, onProgress }: Parameters<SentenceEncoder['embed']>[1],
  { tokenizer, backend, maxTokens, pooling }: Embedding,
): ReturnType<SentenceEncoder['embed']> {
  const tokens = texts.map((text) => cutTokens(text, tokenizer, maxTokens));
  for (const { ids } of tokens) checkIds(ids, backend.vocabSize);
  const lengthOf = (text: number | undefined): number => tokens[text ?? -1]?.ids.length ?? 0;
  const embeddings = new Array<Float32Array>(texts.length);
  let finished = 0;
  for (const batch of planBatches(
    tokens.map((_, text) => lengthOf(text)),
    backend,
  )) {
    if (signal.aborted) throw cancelledError();
    const { rows, length } = batch;
    const ids = new Int32Array(rows * length);
    batch.texts.forEach((i, row) => ids.set(tokens[i]?.ids ?? [], row * length));
    const counts = Array.from({ length: rows }, (_, row) => lengthOf(batch.texts[row]));
    const { data, width } = await backend.encode({ length, ids, counts }, signal);
    batch.texts.forEach((i, row) => {
      const states = data.subarray(row * length * width, (row * length + (counts[row] ?? 0)) * width);
      embeddings[i] = poolStates(states, width, pooling);
    });
    finished += batch.texts.length;
    onProgress?.(finished);
    await new Promise((resume) => setImmediate(resume));
  }
  return { embeddings, cut: tokens.map(({ cut }) => cut) };
}

/** Cut inside the special tokens, which stay, as sentence-transformers does. */
function cutTokens(
  text: string,
  tokenizer: TextTokenizer,
  maxTokens: number,
): { readonly ids: readonly number[]; readonly cut: boolean } {
  const ids = tokenizer.encode(text, { addSpecialTokens: true });
  if (ids.length <= maxTokens) return { ids, cut: false };
  const content = tokenizer.encode(text, { addSpecialTokens: false });
  const added = ids.length - content.length;
  const before = Array.from({ length: added + 1 }, (_, i) => i).find((i) =>
    content.every((id, k) => ids[i + k] === id),
  );
  const room = maxTokens - added;
  if (before === undefined || room < 1) return { ids: ids.slice(0, maxTokens), cut: true };
  return {
    ids: [...ids.slice(0, before), ...content.slice(0, room), ...ids.slice(before + content.length)],
    cut: true,
  };
}

function checkIds(ids: readonly number[], vocabSize: number | null): void {
  const largest = ids.reduce((max, id) => Math.max(max, id), 0);
  if (vocabSize === null || largest < vocabSize) return;
  throw inputError(
    'token-out-of-range',
    `The encoder's tokenizer gives token ${largest}; its vocabulary has ${vocabSize}.`,
    'Use the tokenizer that belongs to the encoder.',
  );
}
