import type { Random } from '../stats/random';

/** Which prompts are compared: indices into the samples of two sets. */
export type PromptPair = readonly [first: number, second: number];

/** Two different prompts of one set; an order of two counts as either. @throws RangeError below two prompts */
export function drawWithin(count: number, pairs: number, random: Random): PromptPair[] {
  if (count < 2) throw new RangeError(`${count} prompts make no pair`);
  return Array.from({ length: pairs }, () => {
    const first = random.below(count);
    const other = random.below(count - 1);
    return [first, other < first ? other : other + 1];
  });
}

/** One prompt of each set. @throws RangeError where a set is empty */
export function drawBetween(first: number, second: number, pairs: number, random: Random): PromptPair[] {
  if (first < 1 || second < 1) throw new RangeError('a set without prompts makes no pair');
  return Array.from({ length: pairs }, () => [random.below(first), random.below(second)]);
}
