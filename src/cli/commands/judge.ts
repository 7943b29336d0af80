import path from 'node:path';
import { ANSWER_LABELS } from '../../core/judges/judge';
import { endpointJudgeSchema, judgeEndpoint, type JudgeSettings } from '../../core/judges/judgeSettings';
import { JUDGES, findJudge } from '../../core/judges/registry';
import { ToolError, usageError } from '../../protocol/errors';
import { harmlessAnswers } from '../../store/judging/harmlessAnswers';
import { judgeRun, type JudgeReport } from '../../store/judging/judgeRun';
import { openJudge } from '../../store/judging/openJudge';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import { columns } from '../columns';
import type { Command } from '../io';
import { CONSENT_HELP, CONSENT_OPTIONS, readConsent } from '../judgeConsent';
import { onlyPositional, parseCommandLine } from '../parseCommandLine';
import { plainText } from '../plainText';

const IDS = JUDGES.map(({ id }) => id).join(' | ');

export const judge: Command = {
  name: 'judge',
  help: `safety-region judge RUN_DIR --judge ${IDS} | URL [options]
Labels a run's answers to its over-rejection set once more, without generating them again, and says how far the
judge agrees with the phrase matcher. Writes reports/judges/ in the run, whose other files stay as they are.

  --judge NAME | URL           a matcher, or the base URL of an OpenAI-compatible API
  --model NAME                 the model behind the URL
${CONSENT_HELP}
  --requests-per-minute N      most requests sent in a minute (default: 120)
  --json                       print the report as JSON`,

  async run(args, io) {
    const { values, positionals } = parseCommandLine('judge', {
      args,
      allowPositionals: true,
      options: {
        judge: { type: 'string' },
        model: { type: 'string' },
        'requests-per-minute': { type: 'string' },
        json: { type: 'boolean' },
        ...CONSENT_OPTIONS,
      },
    });
    const run = await openRun(path.resolve(io.cwd, onlyPositional('judge', 'RUN_DIR', positionals)));
    const settings = readSettings(values.judge, values.model, values['requests-per-minute']);
    const consent = readConsent(values, [], process.env);
    const opened = await withCount(run, settings, () => openJudge(settings, consent));

    const controller = new AbortController();
    const stopListening = io.onInterrupt(() => controller.abort());
    const isDrawn = io.stderr.isTTY === true;
    try {
      const { report, file } = await judgeRun(run, opened, {
        signal: controller.signal,
        onProgress: ({ finished, answers }) => {
          if (isDrawn) io.stderr.write(`\r\u001b[Kjudged ${finished} of ${answers} answers`);
        },
      });
      if (isDrawn) io.stderr.write('\r\u001b[K');
      io.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : `${table(report)}\n\n${file}\n`);
    } catch (error) {
      if (isDrawn) io.stderr.write('\n');
      if (ToolError.from(error).kind !== 'cancelled') throw error;
      throw new ToolError('cancelled', 'cancelled', 'Cancelled.', 'Labels until now are kept: run it again.');
    } finally {
      stopListening();
    }
  },
};

function readSettings(
  name: string | undefined,
  model: string | undefined,
  perMinute: string | undefined,
): JudgeSettings {
  if (name !== undefined && findJudge(name)) return name;
  const endpoint = name === undefined ? null : judgeEndpoint(name);
  if (endpoint === null) {
    const message =
      name === undefined ? '--judge is missing.' : '--judge: this is no judge that can be used.';
    throw usageError('usage', message, `Use ${IDS}, or an https URL (http for this computer).`);
  }
  if (model === undefined) {
    throw usageError('usage', '--model is missing.', 'Name the model that the endpoint is to use.');
  }
  const parsed = endpointJudgeSchema.safeParse({
    endpoint,
    model,
    ...(perMinute === undefined ? {} : { requestsPerMinute: Number(perMinute) }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const option = field === 'requestsPerMinute' ? 'requests-per-minute' : field;
  throw usageError('usage', `--${option}: ${issue?.message ?? ''}.`, 'Correct it.');
}

/** Who is asked for a yes should know how much it is about. */
async function withCount<T>(run: RunDirectory, settings: JudgeSettings, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'judge-not-allowed') throw error;
    const held = await harmlessAnswers(run);
    const count = held.reduce((sum, { answers }) => sum + answers.length, 0);
    const what = typeof settings === 'string' ? '' : ` These are ${count} answers, without their prompts.`;
    throw new ToolError(error.kind, error.code, `${error.message}${what}`, error.mend);
  }
}

function table({ judge: { title }, files, unread, agreementWithPhrases: agreement }: JudgeReport): string {
  const rows = files.map(({ file, answers, labels }) => [
    file,
    String(answers),
    ...ANSWER_LABELS.map((label) => String(labels.filter((own) => own === label).length)),
    String(labels.filter((own) => own === null).length),
  ]);
  const number = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
  const confusion = agreement.confusion.map((row, i) => [agreement.labels[i] ?? '', ...row.map(String)]);
  return [
    `Judge: ${plainText(title)}${unread > 0 ? `; ${unread} replies were no label` : ''}`,
    columns(['answers', 'number', ...ANSWER_LABELS, 'no label'], rows),
    '',
    `Agreement with the phrase matcher over ${agreement.answers} answers: ${number(agreement.equal)}, ` +
      `Cohen's kappa ${number(agreement.kappa)}; refusal or not: ${number(agreement.refusal.equal)}, ` +
      `kappa ${number(agreement.refusal.kappa)}`,
    columns(['phrases \\ judge', ...agreement.labels], confusion),
  ].join('\n');
}
