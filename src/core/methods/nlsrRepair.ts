/**
 * The step that NLSR takes after identification, to repair a fine-tuned model: each module's region is put back with a
 * probability that follows from how similar its masked update is to what it was. Ranks, not values, count.
 *
 * The script gives the most similar module the highest probability of being replaced, against the paper and its own
 * comment (T40); `paper` gives it to the least similar one.
 *
 * Nothing here repairs models, so nothing calls this: it pins down, as T40, in which way a repair by the script differs.
 * @param centre P_L  @param spread epsilon: probabilities are within centre +- spread
 */
export function replacementProbabilities(
  similarities: readonly number[],
  {
    centre,
    spread,
    rule,
  }: { readonly centre: number; readonly spread: number; readonly rule: 'paper' | 'code' },
): number[] {
  const last = similarities.length - 1;
  const bySimilarity = similarities
    .map((_, index) => index)
    .sort((i, j) => (similarities[j] ?? 0) - (similarities[i] ?? 0));
  const probabilities = similarities.map(() => centre);
  if (last < 1) return probabilities;
  bySimilarity.forEach((index, rank) => {
    const fromMost = spread * (1 - (2 * rank) / last);
    probabilities[index] = centre + (rule === 'code' ? fromMost : -fromMost);
  });
  return probabilities;
}
