import { afterEach, expect, it, vi } from 'vitest';
import { ToolError, inputError } from '../../../src/protocol/errors';
import { createRpcClient, serveRpc, type Channel } from '../../../src/protocol/rpc';

interface TestCalls {
  double: { params: number; result: number };
  wait: { params: null; result: null };
}

/** Both ends of a connection; what is sent is copied as between processes, and kept to be looked at. */
function connection() {
  const sent: unknown[] = [];
  const end = () => ({
    messages: [] as ((message: unknown) => void)[],
    closes: [] as ((reason: string) => void)[],
  });
  const [left, right] = [end(), end()];
  const channel = (own: typeof left, other: typeof left): Channel => ({
    send(message) {
      sent.push(message);
      for (const listener of other.messages) listener(JSON.parse(JSON.stringify(message)));
    },
    onMessage: (listener) => void own.messages.push(listener),
    onClose: (listener) => void own.closes.push(listener),
  });
  const receive = (message: unknown): void => left.messages.forEach((listener) => listener(message));
  const close = (): void => [...left.closes, ...right.closes].forEach((listener) => listener('it fell'));
  return { client: channel(left, right), server: channel(right, left), sent, receive, close };
}

const client = ({ client: channel }: ReturnType<typeof connection>) =>
  createRpcClient<TestCalls, { noted: string }>(channel);

afterEach(() => vi.useRealTimers());

it('brings results, events and the errors of handlers back', async () => {
  const both = connection();
  serveRpc<TestCalls, { noted: string }>(both.server, {
    double(value, context) {
      context.emit('noted', `asked for ${value}`);
      if (value < 0) return Promise.reject(inputError('negative', 'No.', 'Take another.'));
      if (value > 99) throw new TypeError('a fault');
      return Promise.resolve(2 * value);
    },
    wait: () => new Promise(() => undefined),
  });
  const rpc = client(both);
  const noted: string[] = [];
  const stop = rpc.onEvent('noted', (text) => noted.push(text));
  expect(await rpc.call('double', 21)).toBe(42);
  await expect(rpc.call('double', -1)).rejects.toMatchObject({ kind: 'input', code: 'negative' });
  stop();
  await expect(rpc.call('double', 100)).rejects.toMatchObject({ kind: 'engine', code: 'internal' });
  expect(noted).toEqual(['asked for 21', 'asked for -1']);
  await expect(rpc.call('toString' as 'double', 1)).rejects.toMatchObject({ code: 'unknown-call' });
});

it('every call settles when the channel ends, and handlers are told', async () => {
  const both = connection();
  let told: AbortSignal | undefined;
  serveRpc<TestCalls, object>(both.server, {
    double: (value) => Promise.resolve(value),
    wait: (_, { signal }) => ((told = signal), new Promise(() => undefined)),
  });
  const rpc = client(both);
  const waiting = rpc.call('wait', null);
  both.close();
  await expect(waiting).rejects.toMatchObject({ code: 'engine-gone' });
  await expect(rpc.call('double', 1)).rejects.toMatchObject({ code: 'engine-gone' });
  expect(told?.aborted).toBe(true);
});

it('a call that takes too long is given up and cancelled', async () => {
  vi.useFakeTimers();
  const both = connection();
  const call = client(both).call('wait', null, { timeoutMs: 50 });
  const rejected = expect(call).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(50);
  await rejected;
  expect(both.sent).toEqual([
    { kind: 'call', id: 1, name: 'wait', params: null },
    { kind: 'cancel', id: 1 },
  ]);
});

it('an aborted call sends a cancel; one that was aborted before sends nothing', async () => {
  const both = connection();
  const controller = new AbortController();
  const call = client(both).call('wait', null, { signal: controller.signal });
  controller.abort();
  expect(both.sent.at(-1)).toEqual({ kind: 'cancel', id: 1 });
  const settled = { kind: 'cancelled', code: 'cancelled', message: 'Cancelled.', mend: '' };
  both.receive({ kind: 'error', id: 1, error: settled });
  await expect(call).rejects.toBeInstanceOf(ToolError);
  const count = both.sent.length;
  await expect(client(both).call('wait', null, { signal: controller.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(both.sent).toHaveLength(count);
});

it.each([
  undefined,
  null,
  'text',
  { kind: 'input' },
  { kind: 'constructor', code: 'c', message: 'm', mend: 'm' },
  { kind: 'input', code: 7, message: 'm', mend: 'm' },
])('an error reply that holds %j settles the call too', async (error) => {
  const both = connection();
  const call = client(both).call('wait', null);
  both.receive({ kind: 'error', id: 1, error });
  await expect(call).rejects.toMatchObject({ kind: 'engine', code: 'bad-reply' });
});

it.each([null, 7, 'x', {}, { kind: 'result' }, { kind: 'event', name: 7 }, { kind: 'odd', id: 1 }])(
  'ignores %j, which is no message',
  async (message) => {
    const both = connection();
    const call = client(both).call('double', 1);
    both.receive(message);
    both.receive({ kind: 'result', id: 99, result: 'of another call' });
    both.receive({ kind: 'result', id: 1, result: 2 });
    expect(await call).toBe(2);
  },
);
