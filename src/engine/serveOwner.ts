/**
 * The engine behind a socket, for the extension: it belongs to one window at a time, outlives a reload of that window
 * while a run goes on, and is no orphan. Without a run it ends when its owner goes; with one it waits for the next
 * owner for as long as the lease says, and then stops the run, which can be resumed.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { engineError } from '../protocol/errors';
import type { Channel } from '../protocol/rpc';
import { readToken, removeEngineFolder, socketIn } from '../store/engineFolder';
import { helloSchema, type Answer, type Hello } from '../store/engineGreeting';
import { socketChannel } from '../store/socketChannel';
import type { RunKeeper } from './runKeeper';

const GREETING_MS = 5_000;
/** Longer than a graph takes to end; then the process goes, as if killed, and the run is interrupted all the same. */
const STOP_MS = 5_000;

/** @param serve answers the calls of one owner */
export async function serveOwner(
  folder: string,
  serve: (channel: Channel) => void,
  runs: RunKeeper,
): Promise<void> {
  let owner: Socket | null = null;
  let isEnding = false;
  let lease: NodeJS.Timeout | undefined;
  let freeSince = performance.now();

  const end = (): void => {
    isEnding = true;
    void removeEngineFolder(folder).finally(() => process.exit(0));
  };
  const endUnlessOwned = (): void => {
    if (owner === null) end();
  };
  const leave = (leaseMs: number): void => {
    owner = null;
    freeSince = performance.now();
    if (!runs.isRunning) {
      end();
      return;
    }
    lease = setTimeout(() => {
      isEnding = true;
      runs.stop(leaseOver(leaseMs));
      setTimeout(end, STOP_MS);
    }, leaseMs);
    void runs.ended().then(endUnlessOwned);
  };
  // One thread, one step: of two windows that ask at once, one becomes the owner and the other is told so.
  const admit = (socket: Socket, channel: Channel, { leaseMs, freeForMs }: Hello): void => {
    const answer = (kind: Answer['kind']): void => channel.send({ kind } satisfies Answer);
    if (owner !== null || isEnding || performance.now() - freeSince < freeForMs) {
      answer('busy');
      socket.end();
      return;
    }
    owner = socket;
    clearTimeout(lease);
    socket.once('close', () => leave(leaseMs));
    answer('welcome');
    serve(channel);
  };

  // Until the first owner has come, the parent is the one who may. It can go before the socket is there.
  process.once('disconnect', endUnlessOwned);
  const token = Buffer.from(await readToken(folder));
  if (!process.connected) return;
  const server = createServer((socket) => greet(socket, token, admit));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketIn(folder), resolve);
  });
}

/** Whoever does not say the token first is cut off without an answer. */
function greet(
  socket: Socket,
  token: Buffer,
  admit: (socket: Socket, channel: Channel, hello: Hello) => void,
): void {
  const channel = socketChannel(socket);
  const timer = setTimeout(() => socket.destroy(), GREETING_MS);
  socket.once('close', () => clearTimeout(timer));
  let isGreeted = false;
  channel.onMessage((message) => {
    if (isGreeted) return;
    isGreeted = true;
    clearTimeout(timer);
    const hello = helloSchema.safeParse(message);
    const given = Buffer.from(hello.data?.token ?? '');
    // The lengths are no secret, and must be the same for the comparison.
    if (!hello.success || given.length !== token.length || !timingSafeEqual(given, token)) socket.destroy();
    else admit(socket, channel, hello.data);
  });
}

const leaseOver = (leaseMs: number) =>
  engineError(
    'lease-over',
    `No window came back for the run within ${(leaseMs / 60_000).toFixed(1)} minutes.`,
    'Resume the run.',
  );
