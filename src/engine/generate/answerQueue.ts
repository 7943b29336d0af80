import { rotationChangesAfter } from '../blocks/rotaryTables';
import type { NewPosition } from './decodeStep';
import type { GenerateRequest } from './generateGreedy';
import type { Admission } from './prefill';

const REPORT_EVERY_MS = 100;

interface ActiveAnswer {
  readonly index: number;
  readonly tokens: number[];
  /** Tokens of the prompt. */
  readonly promptLength: number;
  readonly limit: number;
}

/** Tokens of prompt and answer so far. */
const length = ({ promptLength, tokens }: ActiveAnswer): number => promptLength + tokens.length;

type QueueRequest = Pick<
  GenerateRequest,
  'prompts' | 'maxNewTokens' | 'stopTokens' | 'model' | 'onAnswer' | 'onProgress'
>;

/**
 * Which prompt is in which slot: prompts wait, the longest first, for a slot; a finished answer leaves its slot at
 * once. Once none wait, the active ones move together so that fewer slots are decoded.
 */
export class AnswerQueue {
  private readonly finished: (readonly number[] | undefined)[];
  private readonly waiting: number[];
  private slots: (ActiveAnswer | null)[] = [];
  private finishedCount = 0;
  private newTokens = 0;
  private readonly startedAt = performance.now();
  private reportedAt = 0;
  private readonly rotationChangesAfter: number;

  constructor(private readonly request: QueueRequest) {
    const { prompts, model } = request;
    this.rotationChangesAfter = rotationChangesAfter(model.spec);
    this.finished = prompts.map(() => undefined);
    // A stack: the longest prompt is at its end.
    this.waiting = [...prompts.keys()].sort((a, b) => this.prompt(a).length - this.prompt(b).length || b - a);
  }

  open(slots: number): void {
    this.slots = new Array<ActiveAnswer | null>(slots).fill(null);
  }

  get isDone(): boolean {
    return this.finishedCount === this.request.prompts.length;
  }

  /**
   * What goes through the layers as a whole next: prompts for the free slots, once a quarter of all are free (a few
   * prompts at a time cost as much as many), and texts whose earlier positions have other rotations from now on.
   */
  admit(): Admission[] {
    const again = this.slots.flatMap((answer, slot) =>
      answer && answer.tokens.length > 0 && length(answer) === this.rotationChangesAfter + 1
        ? [{ prompt: [...this.prompt(answer.index), ...answer.tokens], slot }]
        : [],
    );
    return [...again, ...this.admitPrompts()];
  }

  private admitPrompts(): Admission[] {
    const free = [...this.slots.keys()].filter((slot) => this.slots[slot] === null);
    const enough = free.length === this.slots.length || free.length * 4 >= this.slots.length;
    if (this.waiting.length === 0 || !enough) return [];
    return free.slice(0, this.waiting.length).map((slot) => {
      const index = this.waiting.pop() ?? -1;
      const prompt = this.prompt(index);
      const { maxNewTokens, model } = this.request;
      const limit = Math.min(maxNewTokens, model.spec.maxPositions - prompt.length);
      this.slots[slot] = { index, tokens: [], promptLength: prompt.length, limit };
      return { prompt, slot };
    });
  }

  /** Moves of samples between slots after which only the first slots, a power of two of them, are in use. */
  compact(): { readonly from: number; readonly to: number }[] {
    const active = this.slots.filter((slot) => slot !== null).length;
    const wanted = 2 ** Math.ceil(Math.log2(active));
    if (this.waiting.length > 0 || wanted >= this.slots.length) return [];
    const moves: { from: number; to: number }[] = [];
    for (let from = wanted; from < this.slots.length; from++) {
      const answer = this.slots[from] ?? null;
      if (answer === null) continue;
      const to = this.slots.indexOf(null);
      this.slots[to] = answer;
      moves.push({ from, to });
    }
    this.slots = this.slots.slice(0, wanted);
    return moves;
  }

  /** One a slot. A free slot computes something that nobody reads. */
  newPositions(): NewPosition[] {
    return this.slots.map((answer) =>
      answer ? { token: answer.tokens.at(-1) ?? 0, position: length(answer) - 1 } : { token: 0, position: 0 },
    );
  }

  /** The next tokens of some slots, in their order. */
  async accept(slots: readonly number[], tokens: readonly number[]): Promise<void> {
    for (const [at, slot] of slots.entries()) {
      const answer = this.slots[slot] ?? null;
      const token = tokens[at];
      if (answer === null || token === undefined) continue;
      this.newTokens++;
      const stops = this.request.stopTokens.has(token);
      if (!stops) answer.tokens.push(token);
      if (!stops && answer.tokens.length < answer.limit) continue;
      this.slots[slot] = null;
      await this.finish(answer.index, answer.tokens);
    }
    this.report();
  }

  /** Every answer is empty. */
  async finishAll(): Promise<void> {
    for (const index of this.request.prompts.keys()) await this.finish(index, []);
  }

  answers(): number[][] {
    return this.finished.map((tokens, index) => {
      if (!tokens) throw new Error(`Prompt ${index} has no answer.`);
      return [...tokens];
    });
  }

  private async finish(index: number, tokens: readonly number[]): Promise<void> {
    this.finished[index] = tokens;
    this.finishedCount++;
    await this.request.onAnswer?.(index, tokens);
  }

  private report(): void {
    const now = performance.now();
    if (!this.isDone && now - this.reportedAt < REPORT_EVERY_MS) return;
    this.reportedAt = now;
    this.request.onProgress?.({
      finished: this.finishedCount,
      prompts: this.request.prompts.length,
      tokensPerSecond: this.newTokens / Math.max(1e-3, (now - this.startedAt) / 1000),
    });
  }

  private prompt(index: number): readonly number[] {
    return this.request.prompts[index] ?? [];
  }
}
