/**
 * The engine as a child process: started, called, cancelled and stopped. Its death is a normal event: every call in
 * flight is rejected and files on disk stay valid, because all of them are written atomically.
 */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { cancelledError } from '../protocol/errors';
import type { EngineCalls, EngineEvents } from '../protocol/engine';
import {
  createRpcClient,
  type CallOptions,
  type Channel,
  type OwnedRpcClient,
  type RpcClient,
} from '../protocol/rpc';

/** Cancel is promised within a second; what has not answered by then sits in a long native call. */
const CANCEL_GRACE_MS = 900;
const STOP_GRACE_MS = 3000;
const STDERR_LINES = 100;

export interface EngineOptions {
  /** Absolute path of dist/engine.js. */
  readonly enginePath: string;
  /** Node >= 20 to run it with; default: this process's own. */
  readonly nodePath?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface EngineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** 'exit status 1', 'signal SIGABRT', or why it could not be started. */
  readonly reason: string;
}

export interface EngineProcess {
  /** An aborted call is settled within a second: by the engine, else by killing it. */
  readonly client: RpcClient<EngineCalls, EngineEvents>;
  readonly pid: number | undefined;
  /** Asks, and kills after 3 s; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Called once, at once where the engine has ended already. */
  onExit(listener: (exit: EngineExit) => void): void;
  /** The last lines of its standard error. */
  stderrTail(): string;
}

export function startEngine(options: EngineOptions, args: readonly string[] = []): EngineProcess {
  const child = forkEngine(options, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const tail = keepTail(child);
  const exited = childExit(child);
  return engineOver(channelOf(child, exited), {
    pid: child.pid,
    exited,
    kill: (signal) => killChild(child, signal),
    stderrTail: () => tail.join('\n'),
  });
}

export function forkEngine(
  { enginePath, nodePath, env }: EngineOptions,
  args: readonly string[],
  options: ForkOptions,
): ChildProcess {
  return fork(enginePath, args, {
    ...(nodePath === undefined ? {} : { execPath: nodePath }),
    // Not the parent's flags: under a debugger both would claim its port. gc() frees ONNX Runtime's buffers.
    execArgv: ['--expose-gc'],
    // The C library of Linux keeps an arena a thread, and what is freed in one helps none of the others: 20 MiB more.
    env: { MALLOC_ARENA_MAX: '1', ...process.env, ...env },
    serialization: 'json',
    ...options,
  });
}

export function killChild(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) child.kill(signal);
}

export function childExit(child: ChildProcess): Promise<EngineExit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, reason: error.message });
    });
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `exit status ${code ?? 'unknown'}` : `signal ${signal}`;
      const exit = { code, signal, reason };
      // 'close' comes after the last message and the last line of stderr; a grandchild could hold it up.
      const late = setTimeout(() => resolve(exit), 500);
      child.once('close', () => {
        clearTimeout(late);
        resolve(exit);
      });
    });
  });
}

export interface EngineHandle {
  readonly pid: number | undefined;
  readonly exited: Promise<EngineExit>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly stderrTail: () => string;
}

/** The engine that answers on `channel`. */
export function engineOver(
  channel: Channel,
  { pid, exited, kill, stderrTail }: EngineHandle,
): EngineProcess & { readonly client: OwnedRpcClient<EngineCalls, EngineEvents> } {
  const client = createRpcClient<EngineCalls, EngineEvents>(channel);
  return {
    client: {
      onEvent: (name, listener) => client.onEvent(name, listener),
      call: (name, params, options) =>
        settleWhenCancelled(client.call(name, params, options), options, async () => {
          kill('SIGKILL');
          await exited;
        }),
      dispose: () => client.dispose(),
    },
    pid,
    async stop() {
      kill('SIGTERM');
      const timer = setTimeout(() => kill('SIGKILL'), STOP_GRACE_MS);
      await exited;
      clearTimeout(timer);
    },
    onExit: (listener) => void exited.then(listener),
    stderrTail,
  };
}

/** `result`, but an aborted call always ends as cancelled, and within `CANCEL_GRACE_MS` and a kill. */
function settleWhenCancelled<T>(
  result: Promise<T>,
  { signal }: CallOptions = {},
  killEngine: () => Promise<void>,
): Promise<T> {
  if (!signal) return result;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => void killEngine().then(() => reject(cancelledError())), CANCEL_GRACE_MS);
    };
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    result
      .then(resolve, (error: unknown) => reject(signal.aborted ? cancelledError() : (error as Error)))
      .finally(settle);
  });
}

function channelOf(child: ChildProcess, exited: Promise<EngineExit>): Channel {
  return {
    send(message) {
      // The callback takes the error of a channel that has just closed: `exited` rejects the call with the reason.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onClose: (listener) => void exited.then(({ reason }) => listener(reason)),
  };
}

function keepTail(child: ChildProcess): string[] {
  const lines: string[] = [];
  let open = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (open + text).split('\n');
    // An endless line must not fill the memory.
    open = (parts.pop() ?? '').slice(-10_000);
    lines.push(...parts);
    lines.splice(0, lines.length - STDERR_LINES);
  });
  child.stderr?.on('end', () => {
    if (open !== '') lines.push(open);
  });
  return lines;
}
