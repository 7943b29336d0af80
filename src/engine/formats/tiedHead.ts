import type { DecoderSpec } from '../../core/model/decoderSpec';
import { inputError } from '../../protocol/errors';
import type { ModelWeights } from './modelWeights';
import { HEADS } from './unusedTensors';

const CHUNK_ELEMENTS = 1 << 20;

/**
 * A tied head that is stored all the same must equal the embedding: transformers 5 does not tie the two where they
 * differ, earlier versions do, so that neither could be taken without a word.
 * @throws ToolError head-not-tied
 */
export async function checkTiedHead(weights: ModelWeights, spec: DecoderSpec, file: string): Promise<void> {
  const head = HEADS.find((name) => weights.has(name));
  if (spec.head !== spec.embedding || head === undefined) return;
  if (await areEqual(weights, spec, head)) return;
  throw inputError(
    'head-not-tied',
    `${file}: tie_word_embeddings is true, and the weights have a ${head} other than ${spec.embedding}.`,
    'Set tie_word_embeddings to false to use the stored head, or save the model again without it.',
  );
}

async function areEqual(
  weights: ModelWeights,
  { embedding, vocabSize, hiddenSize }: DecoderSpec,
  head: string,
): Promise<boolean> {
  if (weights.info(head).shape.join() !== [vocabSize, hiddenSize].join()) return false;
  const elements = vocabSize * hiddenSize;
  for (let first = 0; first < elements; first += CHUNK_ELEMENTS) {
    const count = Math.min(CHUNK_ELEMENTS, elements - first);
    const [a, b] = [new Float32Array(count), new Float32Array(count)];
    await Promise.all([weights.readFloat32(embedding, a, first), weights.readFloat32(head, b, first)]);
    if (a.some((value, i) => value !== b[i])) return false;
  }
  return true;
}
