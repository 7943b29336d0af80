/** Labels of judges that cost something, a line each: no text, no key, nothing but hashes and labels. */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { LabelStore } from '../../core/judges/judgeAnswers';
import { ANSWER_LABELS, type AnswerJudge, type AnswerLabel } from '../../core/judges/judge';
import { ensureFolder } from '../atomicFile';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const lineSchema = z.object({
  /** `judgeHash` of the judge. */
  judge: sha256,
  answerHash: sha256,
  label: z.enum(ANSWER_LABELS).nullable(),
});

/** Of a judge's id and of the settings that its labels follow from. */
export const judgeHash = ({ id, settings }: Pick<AnswerJudge, 'id' | 'settings'>): string =>
  createHash('sha256')
    .update(JSON.stringify([id, settings]))
    .digest('hex');

export class LabelCache implements LabelStore {
  private constructor(
    private readonly file: string,
    private readonly labels: Map<string, AnswerLabel | null>,
  ) {}

  /** A line that a kill cut, or that is none of ours, is passed over: its answer is judged again. */
  static async open(file: string): Promise<LabelCache> {
    await ensureFolder(path.dirname(file));
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    if (whole.length < bytes.length) await truncate(file, whole.length);
    const labels = new Map<string, AnswerLabel | null>();
    for (const line of whole.toString('utf8').split('\n')) {
      const parsed = parseLine(line);
      if (parsed) labels.set(`${parsed.judge} ${parsed.answerHash}`, parsed.label);
    }
    return new LabelCache(file, labels);
  }

  find(judge: AnswerJudge, answerHash: string): AnswerLabel | null | undefined {
    return this.labels.get(`${judgeHash(judge)} ${answerHash}`);
  }

  /** Synchronous: once it returns, a kill does not lose the label. */
  add(judge: AnswerJudge, answerHash: string, label: AnswerLabel | null): void {
    const line = { judge: judgeHash(judge), answerHash, label };
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
    this.labels.set(`${line.judge} ${answerHash}`, label);
  }
}

function parseLine(line: string): z.output<typeof lineSchema> | null {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
