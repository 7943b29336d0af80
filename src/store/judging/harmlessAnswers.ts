/** Answers to the over-rejection set that a run holds: the only ones that a judge elsewhere may be shown. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { inputError } from '../../protocol/errors';
import type { RunDirectory } from '../runDirectory';

const lineSchema = z.object({
  answerHash: z.string().regex(/^[0-9a-f]{64}$/),
  text: z.string(),
});
export type HarmlessAnswer = z.output<typeof lineSchema>;

export interface HarmlessAnswers {
  /** Relative to the run, with '/'. */
  readonly file: string;
  readonly answers: readonly HarmlessAnswer[];
}

/**
 * answers/<id>.jsonl and answers/<id>/*.jsonl, <id> being the over-rejection set's; sorted by name. What answers
 * identification prompts has another id (an experiment gives no id twice), so it is never among these.
 * @throws input errors `no-answers`, `run-damaged`, `run-unfinished`
 */
export async function harmlessAnswers(run: RunDirectory): Promise<HarmlessAnswers[]> {
  const id = run.manifest.experiment.overRejection?.id;
  const isOurs = (relative: string): boolean =>
    id !== undefined && (relative === `answers/${id}.jsonl` || relative.startsWith(`answers/${id}/`));
  // Only of whole runs, and only as they were written.
  const { files } = await run.summary();
  const names = Object.keys(files).filter((name) => isOurs(name) && name.endsWith('.jsonl'));
  if (names.length === 0) {
    throw inputError(
      'no-answers',
      `${run.path} holds no answers to an over-rejection set.`,
      'Run SafeLayer with an overRejection set: its answers are what a judge labels.',
    );
  }
  await run.verify(isOurs);
  const found: HarmlessAnswers[] = [];
  for (const file of names.sort()) {
    const lines = (await readFile(run.file(file), 'utf8')).split('\n').filter((line) => line !== '');
    found.push({
      file,
      answers: lines.map((line, i) => parseLine(line, `${run.file(file)}: line ${i + 1}`)),
    });
  }
  return found;
}

function parseLine(line: string, where: string): HarmlessAnswer {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    throw inputError('run-damaged', `${where} is not an answer with its text.`, 'Restore the file.');
  }
}
