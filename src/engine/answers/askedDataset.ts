import { phrases } from '../../core/judges/phrases';
import { findJudge } from '../../core/judges/registry';
import type { RefusalJudge } from '../../core/judges/judge';
import { isUsable } from '../../core/run/answerReport';
import type { Sample } from '../../core/run/sample';
import { inputError, usageError } from '../../protocol/errors';
import type { DraftDataset, Prompt, PromptQueue } from '../prepare/promptQueue';
import { AnswerCache, promptHash, storedAnswer, type StoredAnswer } from './answerCache';
import type { AnswerInput } from './answerDatasets';
import { nextRound } from './nextRound';

type AskingInput = Pick<AnswerInput, 'run' | 'experiment' | 'limits' | 'stopTokens' | 'decode'>;

/** A dataset whose prompts the model is answering, round after round. */
export class AskedDataset {
  /** Answers by position in the queue, in its order once a round has ended. */
  private readonly rounds: { readonly prompt: Prompt; readonly answer: StoredAnswer }[] = [];
  private readonly running = new Map<Prompt, StoredAnswer>();
  private usableCount = 0;
  private readonly judge: RefusalJudge;
  private readonly settings: unknown;

  private constructor(
    private readonly draft: DraftDataset,
    private readonly queue: PromptQueue,
    private readonly cache: AnswerCache,
    private readonly input: AskingInput,
  ) {
    const { maxNewTokens, judge: judgeId } = queue.responses;
    const judge = findJudge(judgeId);
    if (!judge) throw usageError('experiment-invalid', `No judge '${judgeId}'.`, 'See the schema.');
    this.judge = judge;
    const { template } = input.experiment;
    const stops = [...input.stopTokens].sort((a, b) => a - b);
    this.settings = { model: input.run.manifest.model.files, stops, template, maxNewTokens, judge: judgeId };
  }

  static async open(draft: DraftDataset, queue: PromptQueue, input: AskingInput): Promise<AskedDataset> {
    const cache = await AnswerCache.open(input.run.file('answers', `${draft.id}.jsonl`));
    const dataset = new AskedDataset(draft, queue, cache, input);
    await cache.prepareToAdd();
    return dataset;
  }

  get id(): string {
    return this.draft.id;
  }
  get count(): number {
    return this.queue.count;
  }
  get total(): number {
    return this.queue.total;
  }
  get maxNewTokens(): number {
    return this.queue.responses.maxNewTokens;
  }
  get refusalsOnly(): boolean {
    return this.queue.refusalsOnly;
  }
  get judgeId(): string {
    return this.judge.id;
  }

  /** Answers that can become samples, those of the round under way included. */
  get usable(): number {
    return this.usableCount;
  }

  get missing(): number {
    return Math.max(0, this.count - this.usable);
  }

  /** Prompts of the next round; none where nothing is missing, or nothing is left to ask. */
  nextJobs(): Prompt[] {
    const asked = this.rounds.length;
    const size = nextRound({ asked, usable: this.usable, count: this.count, total: this.total });
    return Array.from({ length: size }, (_, i) => this.checked(this.queue.prompt(asked + i)));
  }

  /** Takes an earlier answer to the prompt, if there is one. */
  recall(prompt: Prompt): boolean {
    const answer = this.cache.find(prompt.row, this.hash(prompt));
    // Without its tokens, an answer that is to be fed is no use.
    if (!answer || (!answer.tokenIds && this.needsTokens(answer))) return false;
    this.note(prompt, answer);
    return true;
  }

  /** Judges an answer and puts it into the run. */
  take(prompt: Prompt, tokenIds: readonly number[]): void {
    const text = this.input.decode(tokenIds);
    const label = this.judge.judge(text);
    const facts = { row: prompt.row, promptHash: this.hash(prompt), label };
    const answer = storedAnswer(facts, tokenIds, text, this.keepsText(label, text));
    this.cache.add(answer);
    this.note(prompt, answer);
  }

  endRound(jobs: readonly Prompt[]): void {
    for (const prompt of jobs) {
      const answer = this.running.get(prompt);
      if (!answer) throw new Error(`Dataset ${this.id}, row ${prompt.row}: the prompt was not answered.`);
      this.rounds.push({ prompt, answer });
    }
    this.running.clear();
  }

  get draws(): number {
    return this.queue.draws;
  }

  /** Of one draw: 0 or 1. The usable answers in the order of asking are dealt out to one draw after the other. */
  samples(draw: number): Sample[] {
    const each = this.count / this.draws;
    return this.rounds
      .filter(({ answer }) => isUsable(answer, this.refusalsOnly))
      .slice(draw * each, (draw + 1) * each)
      .sort((a, b) => a.prompt.index - b.prompt.index)
      .map(({ prompt, answer }) => this.sample(prompt, answer.tokenIds ?? []));
  }

  /** In the order of asking, whatever the order of answering. */
  settle(): Promise<void> {
    return this.cache.settle(this.rounds.map(({ answer }) => answer));
  }

  close(): void {
    this.cache.close();
  }

  private note(prompt: Prompt, answer: StoredAnswer): void {
    this.running.set(prompt, answer);
    if (isUsable(answer, this.refusalsOnly)) this.usableCount += 1;
  }

  /** The answer's own tokens, not its text tokenised anew. */
  private sample(prompt: Prompt, answer: readonly number[]): Sample {
    const { maxResponseTokens } = this.queue;
    // An answer that fills its room had no stop token: it was cut.
    const room = Math.min(this.maxNewTokens, this.input.limits.maxPositions - prompt.tokenIds.length);
    return {
      row: prompt.row,
      tokenIds: [...prompt.tokenIds, ...answer.slice(0, maxResponseTokens)],
      responseStart: prompt.tokenIds.length,
      truncated: prompt.truncated || answer.length > maxResponseTokens || answer.length >= room,
      category: prompt.category,
    };
  }

  /**
   * What a model says to a harmful prompt, if it is no refusal, is never written as text or tokens. A judge that calls
   * short answers refusals, or all that say "However", as wei31 does, does not decide this alone.
   */
  private keepsText(label: StoredAnswer['label'], text: string): boolean {
    return this.draft.role === 'utility' || (label === 'refuse' && phrases.judge(text) === 'refuse');
  }

  /** False where an answer may be kept without them: see `keepsText`. */
  private needsTokens({ label }: StoredAnswer): boolean {
    return this.draft.role === 'utility' || (label === 'refuse' && this.judge === phrases);
  }

  private hash({ tokenIds }: Prompt): string {
    return promptHash(this.settings, tokenIds);
  }

  private checked(prompt: Prompt): Prompt {
    const { vocabSize, maxPositions } = this.input.limits;
    const { tokenIds, row } = prompt;
    if (tokenIds.length >= maxPositions) {
      throw inputError(
        'sample-too-long',
        `Dataset '${this.id}', row ${row}: the prompt has ${tokenIds.length} tokens, the model takes ${maxPositions}.`,
        'Lower sampling.maxPromptTokens.',
      );
    }
    const largest = tokenIds.reduce((max, token) => Math.max(max, token), 0);
    if (largest >= vocabSize) {
      throw inputError(
        'token-out-of-range',
        `Dataset '${this.id}', row ${row}: token ${largest} is not in the model's vocabulary (${vocabSize}).`,
        'Use the tokenizer that belongs to the model.',
      );
    }
    return prompt;
  }
}
