/** Shows a run's progress on standard error. */
import type { EngineEvents, RunProgress } from '../protocol/engine';
import { usageError } from '../protocol/errors';
import { durationText } from './columns';
import type { OutputStream } from './io';
import { plainLines } from './plainText';

export interface ProgressView {
  runStarted(event: EngineEvents['runStarted']): void;
  progress(event: RunProgress): void;
  log(event: EngineEvents['log']): void;
  /** Leaves the terminal on a line of its own. */
  end(): void;
}

export const PROGRESS_KINDS = ['bar', 'json', 'none'] as const;
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

export function checkProgressKind(kind: string): ProgressKind {
  const known = PROGRESS_KINDS.find((name) => name === kind);
  if (known) return known;
  throw usageError('usage', `--progress: '${kind}' is unknown.`, `Use one of: ${PROGRESS_KINDS.join(', ')}.`);
}

export function progressView(kind: ProgressKind, stream: OutputStream): ProgressView {
  if (kind === 'json') return jsonLines(stream);
  if (kind === 'none') return warningsOnly(stream);
  return stream.isTTY ? bar(stream) : occasionalLines(stream);
}

/** One object a line: {"event": "runStarted" | "progress" | "log", ...the event}. */
function jsonLines(stream: OutputStream): ProgressView {
  const line = (event: string, data: object): void =>
    void stream.write(`${JSON.stringify({ event, ...data })}\n`);
  return {
    runStarted: (event) => line('runStarted', event),
    progress: (event) => line('progress', event),
    log: (event) => line('log', event),
    end: () => undefined,
  };
}

function warningsOnly(stream: OutputStream): ProgressView {
  return {
    runStarted: () => undefined,
    progress: () => undefined,
    log: (event) => {
      if (event.level !== 'info') writeLog(stream, event);
    },
    end: () => undefined,
  };
}

const LINE_EVERY_MS = 10_000;

/** For logs and pipes: a line for every phase, and one each ten seconds. */
function occasionalLines(stream: OutputStream): ProgressView {
  let phase = '';
  let lastMs = 0;
  return {
    ...warningsOnly(stream),
    log: (event) => writeLog(stream, event),
    progress(event) {
      const now = Date.now();
      if (event.phase === phase && now - lastMs < LINE_EVERY_MS) return;
      [phase, lastMs] = [event.phase, now];
      stream.write(`${describe(event)}\n`);
    },
  };
}

const BAR_CELLS = 24;
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

function bar(stream: OutputStream): ProgressView {
  let drawn = false;
  let lastMs = 0;
  const clear = (): void => {
    if (drawn) stream.write(CLEAR_LINE);
    drawn = false;
  };
  return {
    runStarted: () => undefined,
    progress(event) {
      const now = Date.now();
      if (now - lastMs < REDRAW_MS && event.fraction < 1) return;
      lastMs = now;
      const full = Math.round(Math.min(1, Math.max(0, event.fraction)) * BAR_CELLS);
      const text = `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${describe(event)}`;
      stream.write(CLEAR_LINE + text.slice(0, (stream.columns ?? 80) - 1));
      drawn = true;
    },
    log(event) {
      clear();
      writeLog(stream, event);
    },
    end: clear,
  };
}

function describe({ fraction, message, secondsLeft }: RunProgress): string {
  const percent = `${Math.floor(fraction * 100)}`.padStart(3);
  return `${percent} %  ${message}${secondsLeft === null ? '' : `, ${durationText(secondsLeft)} left`}`;
}

function writeLog(stream: OutputStream, { level, message }: EngineEvents['log']): void {
  const prefix = level === 'info' ? '' : `${level === 'warn' ? 'warning' : level}: `;
  stream.write(`${prefix}${plainLines(message)}\n`);
}
