/**
 * The private folder in which a window and its engine find one another: the engine's socket, the token that both know
 * and the log of the engine's standard error. Only its user can look into it (mode 0700), so whoever has the token is
 * that user. A run's lock names the socket; a lock is a file from anywhere and believed only after `checkedFolder`.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const PREFIX = 'safety-region-';
const PIPES = '\\\\.\\pipe\\';
/** Of macOS, the shortest: the address of a Unix domain socket has 104 bytes with the zero at its end. */
const MOST_SOCKET_BYTES = 103;
const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 100;

export async function makeEngineFolder(): Promise<string> {
  const isShort = (base: string): boolean =>
    Buffer.byteLength(socketIn(path.join(base, `${PREFIX}XXXXXX`))) <= MOST_SOCKET_BYTES;
  const base = [os.tmpdir(), '/tmp'].find(isShort) ?? os.tmpdir();
  // mkdtemp gives its folder the mode 0700.
  const folder = await mkdtemp(path.join(base, PREFIX));
  await writeFile(path.join(folder, 'token'), randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  return folder;
}

/** Where the engine of that folder listens: a Unix domain socket, on Windows a named pipe. */
export const socketIn = (folder: string): string =>
  process.platform === 'win32' ? PIPES + path.basename(folder) : path.join(folder, 'socket');

export const logIn = (folder: string): string => path.join(folder, 'log');

export const readToken = (folder: string): Promise<string> => readFile(path.join(folder, 'token'), 'utf8');

export const removeEngineFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });

/**
 * The folder of a socket that some file names; null where it is not one of this user's private folders, whose socket
 * nobody else can have made.
 */
export async function checkedFolder(socket: string): Promise<string | null> {
  const isPipe = process.platform === 'win32';
  const folder = isPipe ? path.join(os.tmpdir(), socket.slice(PIPES.length)) : path.dirname(socket);
  if (!/^safety-region-\w{6}$/.test(path.basename(folder)) || socketIn(folder) !== socket) return null;
  try {
    const found = await lstat(folder);
    // Windows has neither: the folder of temporary files is the user's own there.
    const isPrivate = isPipe || (found.uid === process.getuid?.() && (found.mode & 0o077) === 0);
    return found.isDirectory() && isPrivate ? folder : null;
  } catch {
    return null;
  }
}

/** The last lines of the engine's standard error; '' where there is no log. */
export function logTail(folder: string): string {
  let log: number | undefined;
  try {
    log = openSync(logIn(folder), 'r');
    const { size } = fstatSync(log);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(log, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } catch {
    return '';
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
