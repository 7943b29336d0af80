import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCli } from '../../../src/cli/cli';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { EXPERIMENT_TEXT, finishedRun, startedRun, temporaryFolder } from '../store/testRuns';

/** Answers `identify` with FAKE_RUN, and fails, crashes or waits where --threads says so. */
const ENGINE = `
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('message', ({ kind, id, name, params }) => {
  const send = (message) => process.send({ id, ...message });
  const error = (kind, code) => send({ kind: 'error', error: { kind, code, message: 'it says.', mend: 'do this.' } });
  if (kind === 'cancel') return error('cancelled', 'cancelled');
  if (name === 'doctor') return send({ kind: 'result', result: { versions: { node: '20' }, cores: 2,
    providers: [{ name: 'cpu', usable: true, detail: 'ran' }, { name: 'cuda', usable: false, detail: 'no library' }],
    totalMemoryBytes: 2 ** 34, availableMemoryBytes: 2 ** 33, architectures: ['llama'] } });
  process.send({ kind: 'event', name: 'runStarted', data: { runDir: process.env.FAKE_RUN } });
  process.send({ kind: 'event', name: 'log', data: { level: 'info', message: 'for\\x1b[31m your information' } });
  process.send({ kind: 'event', name: 'log', data: { level: 'warn', message: JSON.stringify(params) } });
  if (params.threads === 3) return error('input', 'model-not-found');
  if (params.threads === 4) { console.error('abort reason'); return process.abort(); }
  if (params.threads === 130) return;
  process.send({ kind: 'event', name: 'progress', data: { runDir: process.env.FAKE_RUN, phase: 'forward', layer: 0,
    layers: 2, batch: 0, batches: 1, fraction: 0.25, secondsLeft: 75, message: 'forward, layer 1 of 2' } });
  send({ kind: 'result', result: { runDir: process.env.FAKE_RUN, wasComplete: params.resumeDir !== undefined } });
});
`;

export interface CliFolder {
  /** Absolute; where commands are run. It has the experiment `x.safety-region.json`. */
  readonly folder: string;
  readonly run: RunDirectory;
  readonly interrupted: RunDirectory;
  /** As from a terminal; with `--threads 130`, interrupted during the call. */
  readonly cli: (...argv: string[]) => Promise<{ status: number; stdout: string; stderr: string }>;
}

/** A folder with an experiment, a finished run and an interrupted one, and the command line on an engine that is told what to say. */
export async function cliFolder(): Promise<CliFolder> {
  const folder = await temporaryFolder();
  const runs = path.join(folder, '.safety-region', 'runs');
  await mkdir(runs, { recursive: true });
  const run = await finishedRun(runs);
  const interrupted = await startedRun(runs, { createdAt: '2026-03-04T05:06:08.000Z' });
  await (
    await interrupted.acquireLock()
  )();
  await writeFile(path.join(folder, 'engine.cjs'), ENGINE);
  await writeFile(path.join(folder, 'x.safety-region.json'), EXPERIMENT_TEXT);
  process.env.FAKE_RUN = run.path;
  return { folder, run, interrupted, cli: (...argv) => cliIn(folder, argv) };
}

async function cliIn(folder: string, argv: readonly string[]) {
  const out = { status: 0, stdout: '', stderr: '' };
  let interrupt: (() => void) | undefined;
  out.status = await runCli(argv, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: {
      write(text) {
        out.stderr += text;
        // The log line of the engine says that the call is under way.
        if (text.includes('"threads":130')) interrupt?.();
      },
    },
    cwd: folder,
    command: 'node dist/cli.js',
    enginePath: path.join(folder, 'engine.cjs'),
    onInterrupt(listener) {
      interrupt = listener;
      return () => (interrupt = undefined);
    },
  });
  return out;
}
