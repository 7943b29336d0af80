/** RPC over a stream socket: one JSON value a line, which no JSON text breaks. */
import type { Socket } from 'node:net';
import type { Channel } from '../protocol/rpc';

/** The largest messages are previews of datasets, of some hundred kilobytes. */
const MOST_CHARS = 64 * 2 ** 20;

/** A peer that sends what is no JSON, or a line without end, is cut off. */
export function socketChannel(socket: Socket): Channel {
  const listeners: ((message: unknown) => void)[] = [];
  let open = '';
  socket.setEncoding('utf8').on('data', (text) => {
    const lines = (open + String(text)).split('\n');
    open = lines.pop() ?? '';
    if (open.length > MOST_CHARS) socket.destroy();
    for (const line of lines) {
      if (socket.destroyed) return;
      const message = parsed(line);
      if (message === undefined) socket.destroy();
      else for (const listener of [...listeners]) listener(message);
    }
  });
  // 'close' follows, and ends what was asked.
  socket.on('error', () => undefined);
  return {
    send(message) {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
    onMessage: (listener) => void listeners.push(listener),
    onClose: (listener) => void socket.once('close', () => listener('its connection was closed')),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
