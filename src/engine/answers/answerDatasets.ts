import { answerReport, answerWarnings, type AnswerReport } from '../../core/run/answerReport';
import { DEFAULT_JUDGE } from '../../core/judges/registry';
import type { Experiment, Responses } from '../../core/run/experiment';
import { drawnFrom, isSecondDraw } from '../../core/run/replicates';
import type { PreparedDataset } from '../../core/run/sample';
import { inputError } from '../../protocol/errors';
import type { RunDirectory } from '../../store/runDirectory';
import type { DraftDataset } from '../prepare/promptQueue';
import { AnswerCache } from './answerCache';
import { AskedDataset } from './askedDataset';

/** Greedy answers without the stop token, in the order of the prompts; `onAnswer` hands each over as it ends. */
export type Generate = (request: {
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  readonly onAnswer: (index: number, tokenIds: readonly number[]) => void;
  readonly onProgress: (progress: { readonly tokensPerSecond: number }) => void;
}) => Promise<readonly (readonly number[])[]>;

export interface AnswerInput {
  readonly run: Pick<RunDirectory, 'file' | 'manifest'>;
  readonly experiment: Experiment;
  readonly datasets: readonly DraftDataset[];
  readonly limits: { readonly vocabSize: number; readonly maxPositions: number };
  /** They decide about answers, and no hash of the model's files covers the file that names them. */
  readonly stopTokens: ReadonlySet<number>;
  readonly decode: (tokenIds: readonly number[]) => string;
  readonly generate: Generate;
  readonly onProgress: (progress: AnswerProgress) => void;
}

export interface AnswerProgress {
  /** Prompts answered in this round, and asked in it. */
  readonly finished: number;
  readonly prompts: number;
  /** Of the samples wanted, the share that is there. */
  readonly fraction: number;
  readonly tokensPerSecond: number;
}

export interface AnsweredDatasets {
  readonly datasets: readonly PreparedDataset[];
  readonly answers: Readonly<Record<string, AnswerReport>>;
}

/**
 * Has the model answer, once, what is not answered yet, and makes samples of the answers: of each dataset the first
 * `sampling.count` usable ones in the order of drawing, then sorted by row. Datasets that have their samples, and
 * those of an interrupted run, pass through; every dataset of source 'model' gets its report.
 *
 * @throws input errors `too-few-refusals`, `too-few-answers`, `run-damaged`, `sample-too-long`,
 * `token-out-of-range`; those of `generate`; answers given until then are in the run
 */
export async function answerDatasets(input: AnswerInput): Promise<AnsweredDatasets> {
  const asked: AskedDataset[] = [];
  try {
    for (const dataset of input.datasets) {
      if (dataset.queue) asked.push(await AskedDataset.open(dataset, dataset.queue, input));
    }
    while (await askRound(asked, input));
    for (const dataset of asked) await dataset.settle();
  } finally {
    for (const dataset of asked) dataset.close();
  }
  const answers: Record<string, AnswerReport> = {};
  const datasets: PreparedDataset[] = [];
  const samplesOf = ({ id, samples }: DraftDataset): PreparedDataset['samples'] =>
    asked.find((dataset) => dataset.id === drawnFrom(id))?.samples(isSecondDraw(id) ? 1 : 0) ?? samples;
  for (const draft of input.datasets) {
    const { id, role } = draft;
    const responses = responsesOf(input.experiment, drawnFrom(id));
    if (responses?.source !== 'model') {
      datasets.push(draft);
      continue;
    }
    const samples = samplesOf(draft);
    if (isSecondDraw(id)) {
      // Its answers are in the report of the first draw.
      datasets.push({ id, role, samples, report: draft.report });
      continue;
    }
    const draws = input.datasets.filter((other) => drawnFrom(other.id) === id);
    const refusalsOnly = role === 'identification';
    const lines = (await AnswerCache.open(input.run.file('answers', `${id}.jsonl`))).all();
    const report = answerReport(responses.judge, lines, refusalsOnly, draws.flatMap(samplesOf));
    answers[id] = report;
    const warnings = [...draft.report.warnings, ...answerWarnings(report, role, refusalsOnly)];
    datasets.push({ id, role, samples, report: { ...draft.report, warnings } });
  }
  return { datasets, answers };
}

/** One round over all datasets, so that the model's weights are loaded once for it. False where nothing is missing. */
async function askRound(asked: readonly AskedDataset[], input: AnswerInput): Promise<boolean> {
  const open = asked.map((dataset) => ({ dataset, jobs: dataset.nextJobs() }));
  const short = open.filter(({ dataset, jobs }) => jobs.length === 0 && dataset.missing > 0);
  if (short.length > 0) throw tooFew(short.map(({ dataset }) => dataset));
  const jobs = open.flatMap(({ dataset, jobs: own }) => own.map((prompt) => ({ dataset, prompt })));
  if (jobs.length === 0) return false;
  // Answered by an interrupted run: judged, not asked again.
  const left = jobs.filter(({ dataset, prompt }) => !dataset.recall(prompt));
  let finished = jobs.length - left.length;
  let tokensPerSecond = 0;
  const report = (): void => {
    const wanted = asked.reduce((sum, { count }) => sum + count, 0);
    const there = asked.reduce((sum, { count, missing }) => sum + count - missing, 0);
    input.onProgress({ finished, prompts: jobs.length, fraction: there / wanted, tokensPerSecond });
  };
  report();
  for (const maxNewTokens of new Set(left.map(({ dataset }) => dataset.maxNewTokens))) {
    const batch = left.filter(({ dataset }) => dataset.maxNewTokens === maxNewTokens);
    await input.generate({
      prompts: batch.map(({ prompt }) => prompt.tokenIds),
      maxNewTokens,
      onAnswer: (index, tokenIds) => {
        const job = batch[index];
        if (!job) throw new RangeError(`answer ${index} to ${batch.length} prompts`);
        job.dataset.take(job.prompt, tokenIds);
        finished += 1;
        report();
      },
      onProgress: (progress) => {
        ({ tokensPerSecond } = progress);
        report();
      },
    });
  }
  for (const { dataset, jobs: own } of open) dataset.endRound(own);
  return true;
}

function responsesOf({ datasets, utility }: Experiment, id: string): Responses | undefined {
  return [...datasets, ...(utility ? [utility] : [])].find((dataset) => dataset.id === id)?.responses;
}

function tooFew(short: readonly AskedDataset[]): Error {
  const most = Math.min(...short.map(({ usable, draws }) => Math.floor(usable / draws)));
  const [first] = short;
  const count = first ? first.count / first.draws : 0;
  const twice = short.some(({ draws }) => draws > 1) ? ' and a second draw' : '';
  const isRefusals = short.some(({ refusalsOnly }) => refusalsOnly);
  const facts = short.map(({ id, usable, total, refusalsOnly, judgeId }) =>
    refusalsOnly
      ? `dataset ${id}: the model refused ${usable} of all ${total} prompts` +
        (judgeId === DEFAULT_JUDGE ? '' : ` by '${DEFAULT_JUDGE}' too, without which no answer is kept`)
      : `dataset ${id}: the model gave ${usable} answers that are not empty to ${total} prompts`,
  );
  const lower =
    most > 0
      ? `Set sampling.count to ${most} or less, use another dataset or model`
      : 'Use another dataset or model';
  return inputError(
    isRefusals ? 'too-few-refusals' : 'too-few-answers',
    `Too few ${isRefusals ? 'refusals' : 'answers'} for sampling.count ${count}${twice}: ${facts.join('; ')}` +
      `${isRefusals ? ` (judge '${short[0]?.judgeId ?? ''}')` : ''}.`,
    `${lower}, or set responses.source to "dataset" or "fixed"${twice === '' ? '' : ', or leave out replicates.secondDraw'}.`,
  );
}
