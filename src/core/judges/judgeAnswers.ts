import { ToolError, cancelledError } from '../../protocol/errors';
import type { AnswerJudge, AnswerLabel } from './judge';

export interface HeldAnswer {
  /** SHA-256 of the answer's tokens or text: equal answers are judged once. */
  readonly answerHash: string;
  readonly text: string;
}

/** Labels that a judge gave before; see store/judging/labelCache.ts. */
export interface LabelStore {
  find(judge: AnswerJudge, answerHash: string): AnswerLabel | null | undefined;
  add(judge: AnswerJudge, answerHash: string, label: AnswerLabel | null): void;
}

export interface JudgeOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { readonly finished: number; readonly answers: number }) => void;
  readonly store?: LabelStore;
}

/**
 * Labels in the order of `answers`; null where the judge's reply was no label. The caller answers for what it hands
 * over: answers to harmless prompts only, unless the judge reads on its own (`settings` null).
 * @throws what the judge throws, after the labels until then are in `store`; `cancelled`
 */
export async function judgeAnswers(
  judge: AnswerJudge,
  answers: readonly HeldAnswer[],
  { signal, onProgress, store }: JudgeOptions,
): Promise<(AnswerLabel | null)[]> {
  const labels = new Map<string, AnswerLabel | null>();
  const open = new Map<string, string>();
  for (const { answerHash, text } of answers) {
    const known = judge.settings === null ? undefined : store?.find(judge, answerHash);
    if (known === undefined) open.set(answerHash, text);
    else labels.set(answerHash, known);
  }
  const distinct = labels.size + open.size;
  onProgress?.({ finished: labels.size, answers: distinct });

  const left = open.entries();
  // One failure ends the others too: what is under way then is not waited for in vain.
  const ended = new AbortController();
  const end = (): void => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  const work = async (): Promise<void> => {
    for (const [hash, text] of left) {
      if (signal.aborted) throw cancelledError();
      if (ended.signal.aborted) return;
      const label = await judge.judge(text, ended.signal);
      if (judge.settings !== null) store?.add(judge, hash, label);
      labels.set(hash, label);
      onProgress?.({ finished: labels.size, answers: distinct });
    }
  };
  const failures: ToolError[] = [];
  const guarded = (): Promise<void> =>
    work().catch((error: unknown) => {
      failures.push(ToolError.from(error));
      end();
    });
  await Promise.all(Array.from({ length: Math.min(judge.atOnce, open.size) }, guarded));
  signal.removeEventListener('abort', end);
  if (signal.aborted) throw cancelledError();
  // The first: those after it were only told to stop.
  const [failure] = failures;
  if (failure) throw failure;
  return answers.map(({ answerHash }) => labels.get(answerHash) ?? null);
}
