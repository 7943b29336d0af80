import type { DecoderSpec } from '../../core/model/decoderSpec';
import { parameterShapes } from '../../core/model/parameterShapes';
import { shown } from '../../core/formats/jsonScanner';

/** Where a checkpoint may have a head of its own although config.json ties it to the embedding. */
export const HEADS: readonly string[] = ['lm_head.weight', 'language_model.lm_head.weight'];
/** Kinds of tensors that the sentence names. */
const NAMED = 5;

/**
 * Stored tensors that the spec has no place for, in the order of the files: a bias that config.json denies, or an image
 * encoder. A head that equals the embedding is none, nor is the rotation's `inv_freq`, a constant that early Llamas stored.
 */
export function unusedTensors(stored: Iterable<string>, spec: DecoderSpec): string[] {
  const used = new Set(Array.from(parameterShapes(spec), ({ name }) => name));
  if (spec.head === spec.embedding) HEADS.forEach((name) => used.add(name));
  return [...new Set(stored)].filter((name) => !used.has(name) && !name.endsWith('.rotary_emb.inv_freq'));
}

/** One sentence, whatever number of layers there is; none where every tensor is used. */
export function unusedWarnings(names: readonly string[], { modelType }: DecoderSpec): string[] {
  if (names.length === 0) return [];
  const kinds = new Map<string, number>();
  for (const name of names) {
    const kind = name.replaceAll(/\.\d+(?=\.)/g, '.*');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const listed = Array.from(kinds, ([kind, count]) => `${shown(kind)} (${count})`).slice(0, NAMED);
  if (kinds.size > NAMED) listed.push(`${kinds.size - NAMED} more kinds`);
  const what = names.length === 1 ? '1 stored tensor has' : `${names.length} stored tensors have`;
  return [
    `${what} no place in the ${modelType} that config.json describes, and no use here: ${listed.join(', ')}.`,
  ];
}
