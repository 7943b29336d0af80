import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ToolError, inputError, usageError } from '../../protocol/errors';
import type { IdentifyParams, ProviderFailurePolicy, ProviderName } from '../../protocol/engine';
import { parseExperiment, type Experiment } from '../../core/run/experiment';
import { endpointJudges } from '../../core/run/experimentJudges';
import { checkJudgeConsent } from '../../store/judging/openJudge';
import { openRun } from '../../store/runDirectory';
import type { CliIo, Command } from '../io';
import { CONSENT_HELP, CONSENT_OPTIONS, readConsent } from '../judgeConsent';
import { overviewText } from '../overlapText';
import { parseCommandLine } from '../parseCommandLine';
import { shellWord } from '../plainText';
import { checkProgressKind, progressView } from '../progress';
import { withEngine } from '../withEngine';

const PROVIDERS: readonly ProviderName[] = ['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'];
const POLICIES: readonly ProviderFailurePolicy[] = ['next', 'stop'];

export const identify: Command = {
  name: 'identify',
  help: `safety-region identify EXPERIMENT.json [options]
Identifies the regions that an experiment file asks for, and prints the main tables of how they overlap;
all of them: safety-region overlap RUN_DIR.
The last line of standard output is the run's folder.

  --out DIR          folder that holds runs (default: .safety-region/runs beside the experiment file)
  --resume RUN_DIR   go on with an interrupted run
  --provider NAME    ${PROVIDERS.join(' | ')} (overrides the experiment's)
  --on-provider-failure next | stop
                     when the provider fails in the run: go on after the last whole layer with the next one that works,
                     or stop (overrides the experiment's)
  --threads N        0: one a core (overrides the experiment's)
  --keep-scores      write every score too, 4 bytes a weight, method and dataset
  --progress KIND    bar | json | none, on standard error
${CONSENT_HELP}`,

  async run(args, io) {
    const { params, progress } = await readArguments(args, io);
    const view = progressView(progress, io.stderr);
    let runDir: string | undefined = params.resumeDir;
    const result = await withEngine(io, async ({ client }, signal) => {
      client.onEvent('runStarted', (event) => {
        runDir = event.runDir;
        view.runStarted(event);
      });
      client.onEvent('progress', (event) => view.progress(event));
      client.onEvent('log', (event) => view.log(event));
      return client.call('identify', params, { signal });
    })
      .catch((error: unknown) => {
        throw naming(runDir, io.command, ToolError.from(error));
      })
      .finally(() => view.end());

    if (result.wasComplete) io.stderr.write('The run was complete already; nothing was changed.\n');
    try {
      io.stdout.write(`${await overviewText(result.runDir, io.command)}\n\n`);
    } finally {
      io.stdout.write(`${result.runDir}\n`);
    }
  },
};

async function readArguments(args: string[], io: CliIo) {
  const { values, positionals } = parseCommandLine('identify', {
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      resume: { type: 'string' },
      provider: { type: 'string' },
      'on-provider-failure': { type: 'string' },
      threads: { type: 'string' },
      'keep-scores': { type: 'boolean' },
      progress: { type: 'string', default: 'bar' },
      ...CONSENT_OPTIONS,
    },
  });
  const progress = checkProgressKind(values.progress);
  if (positionals.length > 1) {
    throw usageError(
      'usage',
      `One experiment at a time: '${positionals[1] ?? ''}' is too many.`,
      'Run it on its own.',
    );
  }
  const provider = oneOf(PROVIDERS, 'provider', values.provider);
  const onProviderFailure = oneOf(POLICIES, 'on-provider-failure', values['on-provider-failure']);
  const [file] = positionals;
  const experimentPath = file === undefined ? undefined : path.resolve(io.cwd, file);
  const resumeDir = values.resume === undefined ? undefined : path.resolve(io.cwd, values.resume);
  if (experimentPath === undefined && resumeDir === undefined) {
    throw usageError('usage', 'EXPERIMENT.json is missing.', 'See identify --help.');
  }
  // Checked here already: a slip in the file should not cost the start of an engine.
  const experiment = experimentPath === undefined ? undefined : await readExperiment(experimentPath);
  const resumed =
    resumeDir === undefined ? undefined : await checkResume(resumeDir, experimentPath, experiment);
  const named = experiment ?? resumed;
  const judges = named ? endpointJudges(named) : [];
  const consent = readConsent(
    values,
    judges.map(({ keyVariable }) => keyVariable),
    process.env,
  );
  // Of a finished run nothing is asked: it is only said that it is done.
  if (experiment) checkJudgeConsent(experiment, consent);
  const params: IdentifyParams = {
    ...(resumeDir !== undefined ? { resumeDir } : experimentPath !== undefined ? { experimentPath } : {}),
    ...(values.out === undefined ? {} : { outDir: path.resolve(io.cwd, values.out) }),
    ...(provider ? { provider } : {}),
    ...(onProviderFailure ? { onProviderFailure } : {}),
    ...(values.threads === undefined ? {} : { threads: threadCount(values.threads) }),
    ...(values['keep-scores'] ? { keepScores: true } : {}),
    ...(consent && judges.length > 0 ? { judge: consent } : {}),
  };
  return { params, progress };
}

function oneOf<T extends string>(
  known: readonly T[],
  option: string,
  given: string | undefined,
): T | undefined {
  const found = known.find((name) => name === given);
  if (found !== undefined || given === undefined) return found;
  throw usageError('usage', `--${option}: '${given}' is unknown.`, `Use one of: ${known.join(', ')}.`);
}

function threadCount(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 1024) return Number(text);
  throw usageError('usage', `--threads: '${text}' is not a number from 0 to 1024.`, '0 means one a core.');
}

async function readExperiment(file: string): Promise<Experiment> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError('experiment-missing', `${file} cannot be read: ${reason}.`, 'Check the path.');
  }
  return parseExperiment(text, file);
}

/** A run goes on as it began: an experiment named beside it must be the one it was started with. */
async function checkResume(
  runDir: string,
  file: string | undefined,
  experiment: Experiment | undefined,
): Promise<Experiment> {
  const { manifest } = await openRun(runDir);
  if (!experiment) return manifest.experiment;
  // The run's engine settings hold what --threads and --provider said when it began.
  const plain = (value: Experiment): unknown => JSON.parse(JSON.stringify({ ...value, engine: null }));
  if (isDeepStrictEqual(plain(experiment), plain(manifest.experiment))) return experiment;
  const message = `${file ?? ''} is not the experiment that ${runDir} was started with.`;
  throw inputError('resume-other-experiment', message, 'Leave the experiment out, or leave --resume out.');
}

/** Says how to go on with what was begun, if anything was. */
function naming(runDir: string | undefined, command: string, error: ToolError): ToolError {
  const { kind, code, message } = error;
  const isProvider = code === 'provider-failed';
  if (kind !== 'cancelled' && code !== 'engine-gone' && !isProvider) return error;
  const mend =
    runDir === undefined
      ? 'No run had begun: start it again.'
      : `Go on with: ${command} identify --resume ${shellWord(runDir)}${isProvider ? ' --provider cpu' : ''}`;
  return new ToolError(kind, code, message, mend);
}
