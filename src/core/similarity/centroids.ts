/** Dot product of the directions: cosine of two vectors; null where one has no direction. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} values`);
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const scale = Math.sqrt(aa) * Math.sqrt(bb);
  return scale > 0 ? Math.max(-1, Math.min(1, ab / scale)) : null;
}

/**
 * Mean of the embeddings after each was brought to length 1: a long one must not outweigh the others (METHODS 2.5, T48).
 * An embedding of length 0 has no direction and counts as zeros.
 * @throws RangeError without embeddings
 */
export function centroid(embeddings: readonly ArrayLike<number>[]): Float64Array {
  const [first] = embeddings;
  if (!first) throw new RangeError('a centroid of nothing');
  const sum = new Float64Array(first.length);
  for (const embedding of embeddings) {
    let squares = 0;
    for (let i = 0; i < sum.length; i++) squares += (embedding[i] ?? 0) ** 2;
    const scale = squares > 0 ? 1 / (Math.sqrt(squares) * embeddings.length) : 0;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (embedding[i] ?? 0) * scale;
  }
  return sum;
}

/** Symmetric; 1 on the diagonal, exactly. */
export const cosineMatrix = (vectors: readonly ArrayLike<number>[]): (number | null)[][] =>
  vectors.map((a, i) => vectors.map((b, j) => (i === j && cosine(a, a) !== null ? 1 : cosine(a, b))));

/** A prompt as it is compared: letters, digits and signs, whatever the case and the spacing. */
export const normalisedPrompt = (prompt: string): string =>
  prompt.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();

export interface PromptOverlap {
  /** Different prompts that both sets hold; the diagonal is a set's own number of different prompts. */
  readonly shared: number[][];
  /** shared / different prompts of either. */
  readonly jaccard: number[][];
}

/** @param sets one list of prompts (or of their hashes) a dataset */
export function promptOverlap(sets: readonly (readonly string[])[]): PromptOverlap {
  const distinct = sets.map((prompts) => new Set(prompts));
  const shared = distinct.map((a) =>
    distinct.map((b) => [...a].reduce((count, prompt) => count + (b.has(prompt) ? 1 : 0), 0)),
  );
  const jaccard = distinct.map((a, i) =>
    distinct.map((b, j) => {
      const both = shared[i]?.[j] ?? 0;
      const union = a.size + b.size - both;
      return union === 0 ? 0 : both / union;
    }),
  );
  return { shared, jaccard };
}
