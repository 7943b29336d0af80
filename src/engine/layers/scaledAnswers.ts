import type { AnswerLabel } from '../../core/judges/judge';
import { phrases } from '../../core/judges/phrases';
import type { Refusals } from '../../core/layers/findInterval';
import { layerFactors, type LayerInterval } from '../../core/layers/interval';
import type { PromptSet } from '../../core/run/sample';
import { AnswerCache, promptHash, storedAnswer, type StoredAnswer } from '../answers/answerCache';

/** What the answers follow from, besides prompt, interval and alpha. */
export interface AnswerSource {
  /** All that decides about an answer: hashed, so that no answer is taken for one of another model. */
  readonly settings: unknown;
  readonly layers: number;
  readonly generate: (request: {
    readonly prompts: readonly (readonly number[])[];
    /** null: the model as it is. */
    readonly layerScale: Float32Array | null;
    readonly onAnswer: (index: number, tokenIds: readonly number[]) => void;
  }) => Promise<unknown>;
  readonly decode: (tokenIds: readonly number[]) => string;
  /** Called for every answer that is there, with its prompt's length; 0 where it was there before. */
  readonly onAnswer: (promptTokens: number) => void;
}

/** Answers to one set under one interval and alpha. */
export interface ScaledCounts {
  readonly interval: LayerInterval | null;
  readonly alpha: number;
  /** The judge's, in the order of the prompts; null where its reply was no label. */
  readonly labels: readonly (AnswerLabel | null)[];
  readonly phraseLabels: readonly AnswerLabel[];
  readonly refusals: Refusals;
}

type LabelAnswers = (answers: readonly StoredAnswer[]) => Promise<readonly (AnswerLabel | null)[]>;

/**
 * Answers to the prompts of the over-rejection set with some layers scaled. They are harmless prompts, so answers are
 * kept with their text, in answers/<set>.jsonl, whatever a judge says: another judge needs no other answers. The label
 * in a line is that of the phrase judge.
 */
export class ScaledAnswers {
  private readonly counts = new Map<string, ScaledCounts>();
  private readonly lines: StoredAnswer[] = [];

  private constructor(
    private readonly set: PromptSet,
    private readonly cache: AnswerCache,
    private readonly source: AnswerSource,
    private readonly judge: LabelAnswers,
  ) {}

  static async open(
    file: string,
    set: PromptSet,
    source: AnswerSource,
    judge: LabelAnswers,
  ): Promise<ScaledAnswers> {
    const cache = await AnswerCache.open(file);
    await cache.prepareToAdd();
    return new ScaledAnswers(set, cache, source, judge);
  }

  /** @param interval null: the model as it is */
  async ask(interval: LayerInterval | null, alpha: number): Promise<ScaledCounts> {
    const key = keyOf(interval, alpha);
    const known = this.counts.get(key);
    if (known) return known;
    const answers = await this.answers(interval, alpha);
    const labels = await this.judge(answers);
    const refusals = Uint8Array.from(labels, (label) => (label === 'refuse' ? 1 : 0));
    const counts = { interval, alpha, labels, phraseLabels: answers.map(({ label }) => label), refusals };
    this.counts.set(key, counts);
    this.lines.push(...answers);
    return counts;
  }

  /** Puts the file in its final order: that of asking. */
  settle(): Promise<void> {
    return this.cache.settle(this.lines);
  }

  close(): void {
    this.cache.close();
  }

  private async answers(interval: LayerInterval | null, alpha: number): Promise<StoredAnswer[]> {
    const { samples } = this.set;
    const scale = interval === null || alpha === 1 ? null : { interval, alpha };
    const jobs = samples.map(({ row, tokenIds }) => ({
      row,
      tokenIds,
      hash: promptHash([this.source.settings, scale], tokenIds),
    }));
    const left = jobs.filter(({ row, hash }) => this.cache.find(row, hash)?.text === undefined);
    for (let there = left.length; there < jobs.length; there++) this.source.onAnswer(0);
    if (left.length > 0) {
      await this.source.generate({
        prompts: left.map(({ tokenIds }) => tokenIds),
        layerScale: scale ? layerFactors(this.source.layers, scale.interval, scale.alpha) : null,
        onAnswer: (index, tokenIds) => {
          const job = left[index];
          if (!job) throw new RangeError(`answer ${index} to ${left.length} prompts`);
          const text = this.source.decode(tokenIds);
          const facts = { row: job.row, promptHash: job.hash, label: phrases.judge(text) };
          this.cache.add(storedAnswer(facts, tokenIds, text, true));
          this.source.onAnswer(job.tokenIds.length);
        },
      });
    }
    return jobs.map(({ row, hash }) => {
      const answer = this.cache.find(row, hash);
      if (!answer) throw new Error(`Dataset ${this.set.id}, row ${row}: the prompt was not answered.`);
      return answer;
    });
  }
}

const keyOf = (interval: LayerInterval | null, alpha: number): string =>
  interval === null || alpha === 1 ? 'unscaled' : `${interval.join('-')} ${alpha}`;
