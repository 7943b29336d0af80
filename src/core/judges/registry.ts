import type { RefusalJudge } from './judge';
import { phrases } from './phrases';
import { weiPhrases } from './weiPhrases';

/** The only list of judges. */
export const JUDGES: readonly RefusalJudge[] = [phrases, weiPhrases];

export const DEFAULT_JUDGE = phrases.id;

export function findJudge(id: string): RefusalJudge | undefined {
  return JUDGES.find((judge) => judge.id === id);
}
