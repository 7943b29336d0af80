/** answers/<datasetId>.jsonl: a line for every answer, appended as it comes, so that a kill loses none. */
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { ANSWER_LABELS } from '../../core/judges/judge';
import { inputError } from '../../protocol/errors';
import { ensureFolder, writeFileAtomic } from '../../store/atomicFile';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const answerSchema = z.object({
  /** Row number in the source, from 1. */
  row: z.int().gte(1),
  /** Of everything that the answer follows from: see `promptHash`. */
  promptHash: sha256,
  /** Of the answer's token ids. */
  answerHash: sha256,
  label: z.enum(ANSWER_LABELS),
  tokens: z.int().gte(0),
  /** Only of refusals, and of answers to harmless prompts. */
  text: z.string().optional(),
  tokenIds: z.array(z.int().gte(0)).optional(),
});

export type StoredAnswer = z.output<typeof answerSchema>;

const idsHash = (ids: readonly number[]): string =>
  createHash('sha256').update(JSON.stringify(ids)).digest('hex');

/** @param settings what besides the prompt decides: hashes of the model's files, stop tokens, template, length, judge */
export function promptHash(settings: unknown, promptIds: readonly number[]): string {
  return createHash('sha256')
    .update(JSON.stringify([settings, promptIds]))
    .digest('hex');
}

/** A record of the answer; `keepText` is false where it must not be kept as text or tokens. */
export function storedAnswer(
  facts: Pick<StoredAnswer, 'row' | 'promptHash' | 'label'>,
  tokenIds: readonly number[],
  text: string,
  keepText: boolean,
): StoredAnswer {
  const { row, promptHash: hash, label } = facts;
  const always = { row, promptHash: hash, answerHash: idsHash(tokenIds), label, tokens: tokenIds.length };
  return keepText ? { ...always, text, tokenIds: [...tokenIds] } : always;
}

export class AnswerCache {
  private descriptor: number | null = null;

  private constructor(
    private readonly file: string,
    private readonly answers: Map<string, StoredAnswer>,
  ) {}

  /**
   * Reads what is there; a last line that a kill cut is dropped.
   * @throws input error `run-damaged` naming file and line
   */
  static async open(file: string): Promise<AnswerCache> {
    const bytes = await readFile(file).catch(() => null);
    const answers = new Map<string, StoredAnswer>();
    if (bytes !== null) {
      const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
      if (whole.length < bytes.length) await truncate(file, whole.length);
      const lines = whole.toString('utf8').split('\n');
      lines.forEach((line, i) => {
        if (line === '') return;
        const answer = parseAnswer(line);
        if (!answer) {
          throw inputError(
            'run-damaged',
            `${file}: line ${i + 1} is not an answer.`,
            'Remove the line and go on: the prompt is asked again.',
          );
        }
        answers.set(keyOf(answer), answer);
      });
    }
    return new AnswerCache(file, answers);
  }

  /** In the order of the file. */
  all(): StoredAnswer[] {
    return [...this.answers.values()];
  }

  find(row: number, hash: string): StoredAnswer | undefined {
    return this.answers.get(keyOf({ row, promptHash: hash }));
  }

  async prepareToAdd(): Promise<void> {
    await ensureFolder(path.dirname(this.file));
    this.descriptor ??= openSync(this.file, 'a');
  }

  /** Synchronous: once it returns, a kill does not lose the answer. Call `prepareToAdd` before. */
  add(answer: StoredAnswer): void {
    if (this.descriptor === null) throw new Error('prepareToAdd has not been called');
    appendFileSync(this.descriptor, `${JSON.stringify(answer)}\n`);
    this.answers.set(keyOf(answer), answer);
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }

  /** Puts the file in its final form: these answers, in this order, whatever order they came in. */
  async settle(answers: readonly StoredAnswer[]): Promise<void> {
    this.close();
    await writeFileAtomic(this.file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  }
}

const keyOf = ({ row, promptHash: hash }: Pick<StoredAnswer, 'row' | 'promptHash'>): string =>
  `${row} ${hash}`;

function parseAnswer(line: string): StoredAnswer | null {
  try {
    const parsed = answerSchema.safeParse(JSON.parse(line));
    const answer = parsed.success ? parsed.data : null;
    if (!answer?.tokenIds) return answer;
    const { tokenIds, tokens, answerHash } = answer;
    return tokenIds.length === tokens && idsHash(tokenIds) === answerHash ? answer : null;
  } catch {
    return null;
  }
}
