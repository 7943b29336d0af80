/**
 * The extension's engine: a process of its own that is reached over a socket, so that a window which was reloaded finds
 * it again, in the same way as the window that started it.
 */
import { openSync, closeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { engineError } from '../protocol/errors';
import type { Channel } from '../protocol/rpc';
import {
  checkedFolder,
  logIn,
  logTail,
  makeEngineFolder,
  readToken,
  removeEngineFolder,
  socketIn,
} from './engineFolder';
import { answerSchema, type Hello } from './engineGreeting';
import {
  childExit,
  engineOver,
  forkEngine,
  killChild,
  type EngineExit,
  type EngineHandle,
  type EngineOptions,
  type EngineProcess,
} from './engineProcess';
import { isLive, type LockOwner } from './runLock';
import { socketChannel } from './socketChannel';

/** A machine with other work takes long to load the engine. */
const START_MS = 60_000;
/** An engine whose main thread computes answers between two graphs. */
const GREETING_MS = 20_000;
/** From the end of the connection to the end of the process, which gives the reason. */
const EXIT_MS = 5_000;
const LOOK_MS = 200;

/** How a window comes to an engine that it did not start. */
export interface Claim {
  /** How long to ask again while another has it: the engine may not have heard yet that the window before was gone. */
  readonly patienceMs: number;
  /** How long nobody must have had it. */
  readonly freeForMs: number;
}

export interface DetachedEngine extends EngineProcess {
  /** Lets go of it: without a run it ends; with one it waits for the next window. Calls end as `disposed`. */
  detach(): void;
}

/**
 * @param leaseMs how long a run goes on without a window
 * @throws engine error `engine-not-started`
 */
export async function startDetachedEngine(options: EngineOptions, leaseMs: number): Promise<DetachedEngine> {
  const folder = await makeEngineFolder();
  const log = openSync(logIn(folder), 'a', 0o600);
  // Of its own process group: what ends the extension host's must not end a run. It watches its owner itself.
  const child = forkEngine(options, ['--serve', folder], {
    stdio: ['ignore', 'ignore', log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const exited = childExit(child);
  try {
    await within(
      START_MS,
      Promise.race([
        new Promise((resolve) => child.once('message', resolve)),
        exited.then(({ reason }) => Promise.reject(new Error(reason))),
      ]),
    );
    const connection = await greet(folder, { leaseMs, freeForMs: 0 });
    if (connection === 'busy') throw new Error('someone else is connected to it');
    child.disconnect();
    child.unref();
    const kill = (signal: NodeJS.Signals): void => killChild(child, signal);
    return detachedOver(connection, folder, { pid: child.pid, exited, kill });
  } catch (error) {
    killChild(child, 'SIGKILL');
    const tail = logTail(folder);
    await removeEngineFolder(folder);
    throw notStarted(options.nodePath ?? process.execPath, error, tail);
  }
}

/**
 * The engine that holds a run's lock, for a window that did not start it.
 * @returns null where it cannot be had: another window has it, it is no such engine, or not this user's
 */
export async function attachEngine(
  owner: LockOwner,
  leaseMs: number,
  { patienceMs, freeForMs }: Claim,
): Promise<DetachedEngine | null> {
  const folder = owner.socket === null ? null : await checkedFolder(owner.socket);
  if (folder === null) return null;
  const connection = await greetUntilFree(folder, { leaseMs, freeForMs }, Date.now() + patienceMs);
  if (connection === null) return null;
  const { pid } = owner;
  const kill = (signal: NodeJS.Signals): void => {
    // It may be gone between the two.
    void isLive(owner)
      .then((lives) => lives && process.kill(pid, signal))
      .catch(() => undefined);
  };
  return detachedOver(connection, folder, { pid, exited: goneAfter(connection.socket, owner), kill });
}

function detachedOver(
  { socket, channel }: Connection,
  folder: string,
  handle: Omit<EngineHandle, 'stderrTail'>,
): DetachedEngine {
  let tail: string | undefined;
  let isLeft = false;
  // An engine that ends by itself has removed its folder; after a crash the log is read first.
  const exited = handle.exited.then(async (exit) => {
    tail = logTail(folder);
    await removeEngineFolder(folder);
    return exit;
  });
  const ended: Channel = {
    ...channel,
    // The connection ends with the process, whose end says why.
    onClose: (listener) =>
      channel.onClose((reason) => {
        const late = setTimeout(() => listener(reason), EXIT_MS);
        void exited.then((exit) => {
          clearTimeout(late);
          listener(exit.reason);
        });
      }),
  };
  const engine = engineOver(ended, { ...handle, exited, stderrTail: () => tail ?? logTail(folder) });
  return {
    ...engine,
    onExit: (listener) => engine.onExit((exit) => !isLeft && listener(exit)),
    detach() {
      isLeft = true;
      engine.client.dispose();
      socket.destroy();
    },
  };
}

interface Connection {
  readonly socket: Socket;
  readonly channel: Channel;
}

type Terms = Pick<Hello, 'leaseMs' | 'freeForMs'>;

/** @returns null where it is not free at `deadline` (milliseconds since 1970), or is no engine */
async function greetUntilFree(folder: string, terms: Terms, deadline: number): Promise<Connection | null> {
  for (;;) {
    const connection = await greet(folder, terms).catch(() => null);
    if (connection !== 'busy') return connection;
    if (Date.now() >= deadline) return null;
    await wait(LOOK_MS);
  }
}

/** @throws Error where nobody listens there, or whoever does is not the engine of this folder */
async function greet(folder: string, terms: Terms): Promise<Connection | 'busy'> {
  const token = await readToken(folder);
  const socket = connect(socketIn(folder));
  const channel = socketChannel(socket);
  const answered = new Promise((resolve, reject) => {
    socket.once('error', reject);
    channel.onMessage(resolve);
    channel.onClose((reason) => reject(new Error(reason)));
  });
  try {
    channel.send({ kind: 'hello', token, ...terms } satisfies Hello);
    const { kind } = answerSchema.parse(await within(GREETING_MS, answered));
    if (kind === 'welcome') return { socket, channel };
    socket.destroy();
    return 'busy';
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The end of a process that is no child of this one: nobody tells how it ended. */
function goneAfter(socket: Socket, owner: LockOwner): Promise<EngineExit> {
  return new Promise((resolve) => {
    const look = async (): Promise<void> => {
      if (await isLive(owner)) setTimeout(() => void look(), LOOK_MS).unref();
      else resolve({ code: null, signal: null, reason: 'its process is gone' });
    };
    socket.once('close', () => void look());
  });
}

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function notStarted(program: string, error: unknown, tail: string) {
  const reason = error instanceof Error ? error.message : String(error);
  const last = tail.trimEnd().split('\n').slice(-5).join('\n');
  return engineError(
    'engine-not-started',
    `${program} did not start the engine: ${reason}.${last === '' ? '' : ` Its last lines:\n${last}`}`,
    'Run it with Node.js 20 or newer.',
  );
}
