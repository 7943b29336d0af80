import type { Summary } from '../../core/run/summary';
import type { RunDirectory } from '../../store/runDirectory';
import { answerDatasets, type AnswerProgress } from '../answers/answerDatasets';
import { loadTokenizer } from '../formats/tokenizer';
import { askedDrafts } from '../prepare/promptQueue';
import { generateGreedy } from '../generate/generateGreedy';
import { stopTokens } from '../generate/stopTokens';
import { backwardMethods } from '../stream/passContext';
import { ProgressTracker } from '../stream/progressTracker';
import { answerMemory } from './answerMemory';
import type { EngineContext } from './identify';
import { checkTokens, type RunInputs } from './runInputs';

export interface AnsweredRun {
  /** With the samples that are really fed. */
  readonly inputs: RunInputs;
  /** For summary.json; nothing where no dataset takes the model's answers. */
  readonly facts: Pick<Summary, 'answers'>;
  readonly seconds: Readonly<Record<string, number>>;
  /** Of the whole run's work, the share that the answers were. */
  readonly share: number;
}

/** Has the model answer where responses are its own, in a run whose directory is there. */
export async function answerWithModel(
  run: RunDirectory,
  drafts: RunInputs,
  context: EngineContext,
): Promise<AnsweredRun> {
  const { experiment, datasets, model } = drafts;
  const sets = [...experiment.datasets, ...(experiment.utility ? [experiment.utility] : [])];
  if (!sets.some(({ responses }) => responses.source === 'model')) {
    return { inputs: drafts, facts: {}, seconds: {}, share: 0 };
  }
  const startedAt = performance.now();
  const tokenizer = await loadTokenizer(model.directory);
  const stops = await stopTokens(model.directory, tokenizer);
  const units = answerUnits(drafts);
  const share = units / (units + streamUnits(drafts));
  const answered = await answerDatasets({
    run,
    experiment,
    datasets,
    limits: model.spec,
    stopTokens: stops,
    decode: (tokenIds) => tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
    generate: (request) =>
      generateGreedy({
        ...request,
        model,
        stopTokens: stops,
        threads: run.manifest.threads,
        memoryBudgetBytes: answerMemory(experiment),
        signal: context.signal,
      }),
    onProgress: (progress) => emitProgress(run.path, drafts, share, progress, context),
  });
  checkTokens(answered.datasets, model);
  return {
    inputs: { ...drafts, datasets: answered.datasets },
    facts: { answers: { ...answered.answers } },
    seconds: { answers: (performance.now() - startedAt) / 1000 },
    share,
  };
}

/** A row of the stand-ins through every layer once. */
function answerUnits({ datasets, model: { spec } }: RunInputs): number {
  return ProgressTracker.totalUnits(tokensOf(askedDrafts(datasets)), spec.layers, false);
}

const streamUnits = ({ datasets, methods, model: { spec } }: RunInputs): number =>
  ProgressTracker.totalUnits(tokensOf(datasets), spec.layers, backwardMethods(methods).length > 0);

const tokensOf = (datasets: RunInputs['datasets']): number =>
  datasets.flatMap(({ samples }) => samples).reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);

function emitProgress(
  runDir: string,
  { model: { spec } }: RunInputs,
  share: number,
  { finished, prompts, fraction, tokensPerSecond }: AnswerProgress,
  context: EngineContext,
): void {
  context.emit('progress', {
    runDir,
    phase: 'answers',
    layer: null,
    layers: spec.layers,
    batch: finished,
    batches: prompts,
    fraction: share * fraction,
    secondsLeft: null,
    message: `answers, ${finished} of ${prompts} prompts, ${tokensPerSecond.toFixed(0)} tokens a second`,
  });
}
