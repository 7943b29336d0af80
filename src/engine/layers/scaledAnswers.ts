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
  /** Called before answers to so many prompts. */
  readonly onBegin: (prompts: number) => void;
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
 * kept with their text whatever a judge says: another judge needs no other answers. One file an interval and alpha,
 * a line a prompt, appended as the answer ends; the label in a line is that of the phrase judge.
 */
export class ScaledAnswers {
  private readonly counts = new Map<string, ScaledCounts>();

  /** @param file where the answers with such a name are, such as `unscaled` or `layers-02-05-alpha-1.15` */
  constructor(
    private readonly file: (name: string) => string,
    private readonly set: PromptSet,
    private readonly source: AnswerSource,
    private readonly judge: LabelAnswers,
  ) {}

  /** @param interval null: the model as it is */
  async ask(interval: LayerInterval | null, alpha: number): Promise<ScaledCounts> {
    const scale = interval === null || alpha === 1 ? null : { interval, alpha };
    const name = answersName(scale);
    const known = this.counts.get(name);
    if (known) return known;
    const cache = await AnswerCache.open(this.file(name));
    try {
      const answers = await this.answers(scale, cache);
      // In the order of the prompts, whatever the order of answering.
      await cache.settle(answers);
      const labels = await this.judge(answers);
      const refusals = Uint8Array.from(labels, (label) => (label === 'refuse' ? 1 : 0));
      const counts = { interval, alpha, labels, phraseLabels: answers.map(({ label }) => label), refusals };
      this.counts.set(name, counts);
      return counts;
    } finally {
      cache.close();
    }
  }

  private async answers(scale: Scale | null, cache: AnswerCache): Promise<StoredAnswer[]> {
    const { set, source } = this;
    const jobs = set.samples.map(({ row, tokenIds }) => ({
      row,
      tokenIds,
      hash: promptHash([source.settings, scale], tokenIds),
    }));
    const left = jobs.filter(({ row, hash }) => cache.find(row, hash)?.text === undefined);
    source.onBegin(jobs.length);
    for (let there = left.length; there < jobs.length; there++) source.onAnswer(0);
    if (left.length > 0) {
      await cache.prepareToAdd();
      await source.generate({
        prompts: left.map(({ tokenIds }) => tokenIds),
        layerScale: scale ? layerFactors(source.layers, scale.interval, scale.alpha) : null,
        onAnswer: (index, tokenIds) => {
          const job = left[index];
          if (!job) throw new RangeError(`answer ${index} to ${left.length} prompts`);
          const text = source.decode(tokenIds);
          const facts = { row: job.row, promptHash: job.hash, label: phrases.judge(text) };
          cache.add(storedAnswer(facts, tokenIds, text, true));
          source.onAnswer(job.tokenIds.length);
        },
      });
    }
    return jobs.map(({ row, hash }) => {
      const answer = cache.find(row, hash);
      if (!answer) throw new Error(`Dataset ${set.id}, row ${row}: the prompt was not answered.`);
      return answer;
    });
  }
}

interface Scale {
  readonly interval: LayerInterval;
  readonly alpha: number;
}

function answersName(scale: Scale | null): string {
  if (scale === null) return 'unscaled';
  const layers = scale.interval.map((layer) => String(layer).padStart(2, '0'));
  return `layers-${layers.join('-')}-alpha-${scale.alpha}`;
}
