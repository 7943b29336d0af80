/**
 * Labels the answers that a run holds once more, without generating. What comes of it lies beside the run's files
 * (reports/judges), which summary.json does not list: the run itself stays as it was.
 */
import { judgeAgreement, type Agreement } from '../../core/judges/agreement';
import { judgeAnswers, type JudgeOptions } from '../../core/judges/judgeAnswers';
import type { AnswerJudge, AnswerLabel } from '../../core/judges/judge';
import { asAnswerJudge } from '../../core/judges/judge';
import { phrases } from '../../core/judges/phrases';
import { writeFileAtomic } from '../atomicFile';
import { refuseLinks } from '../refuseLinks';
import type { RunDirectory } from '../runDirectory';
import { harmlessAnswers } from './harmlessAnswers';
import { LabelCache, judgeHash } from './labelCache';

export interface JudgedFile {
  /** Relative to the run. */
  readonly file: string;
  readonly answers: number;
  readonly refused: number;
  /** In the order of the file; null where the judge's reply was no label. */
  readonly labels: readonly (AnswerLabel | null)[];
}

export interface JudgeReport {
  readonly schemaVersion: 1;
  readonly judge: {
    readonly id: string;
    readonly title: string;
    readonly settings: AnswerJudge['settings'];
  };
  /** ISO 8601, UTC. */
  readonly judgedAt: string;
  readonly files: readonly JudgedFile[];
  /** Replies that were no label, over all files. */
  readonly unread: number;
  /** The phrase matcher first, this judge second, over all files. */
  readonly agreementWithPhrases: Agreement;
}

/**
 * @returns the report and where it was written
 * @throws those of `refuseLinks`, of `harmlessAnswers` and of the judge; labels until then are kept for the next call
 */
export async function judgeRun(
  run: RunDirectory,
  judge: AnswerJudge,
  options: Omit<JudgeOptions, 'store'>,
): Promise<{ readonly report: JudgeReport; readonly file: string }> {
  await refuseLinks(run.path);
  const held = await harmlessAnswers(run);
  const store = await LabelCache.open(run.file('reports', 'judges', 'labels.jsonl'));
  // All at once: equal answers of several files are judged once.
  const all = held.flatMap(({ answers }) => answers);
  const labels = await judgeAnswers(judge, all, { ...options, store });
  const byPhrases = await judgeAnswers(asAnswerJudge(phrases), all, { signal: options.signal });
  let at = 0;
  const files = held.map(({ file, answers }) => {
    const own = labels.slice(at, (at += answers.length));
    return {
      file,
      answers: answers.length,
      refused: own.filter((label) => label === 'refuse').length,
      labels: own,
    };
  });
  const report: JudgeReport = {
    schemaVersion: 1,
    judge: { id: judge.id, title: judge.title, settings: judge.settings },
    judgedAt: new Date().toISOString(),
    files,
    unread: labels.filter((label) => label === null).length,
    agreementWithPhrases: judgeAgreement(byPhrases, labels),
  };
  const file = run.file('reports', 'judges', `${judge.id}-${judgeHash(judge).slice(0, 12)}.json`);
  await writeFileAtomic(file, `${JSON.stringify(report, null, 2)}\n`);
  return { report, file };
}
