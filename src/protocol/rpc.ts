/**
 * Calls between two processes, derived from one interface of call signatures. The logic knows no transport: a
 * `Channel` is a dozen lines around `process.send`, a socket or a message port. Every call settles: reply, error,
 * timeout, cancel, disposal, or the channel's end.
 */
import { ToolError, cancelledError, engineError, isErrorData } from './errors';

export interface Channel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: (reason: string) => void): void;
}

/** name -> { params, result }; see `EngineCalls`. */
export type Calls<T> = { [K in keyof T]: { params: unknown; result: unknown } };

export type RpcMessage =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown };

/** Messages come from another process: nothing is believed before this check. */
export function isRpcMessage(message: unknown): message is RpcMessage {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  const { kind } = message;
  if (kind === 'event') return 'name' in message && typeof message.name === 'string';
  if (!('id' in message) || typeof message.id !== 'number') return false;
  if (kind === 'call') return 'name' in message && typeof message.name === 'string';
  return kind === 'cancel' || kind === 'result' || kind === 'error';
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface RpcClient<C extends Calls<C>, E> {
  call<K extends keyof C & string>(
    name: K,
    params: C[K]['params'],
    options?: CallOptions,
  ): Promise<C[K]['result']>;
  onEvent<K extends keyof E & string>(name: K, listener: (data: E[K]) => void): () => void;
}

export interface OwnedRpcClient<C extends Calls<C>, E> extends RpcClient<C, E> {
  /** Ends every call, now and later, as `disposed`, without a word to the other side. */
  dispose(): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export function createRpcClient<C extends Calls<C>, E>(channel: Channel): OwnedRpcClient<C, E> {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(data: never) => void>>();
  let nextId = 1;
  let closed: ToolError | undefined;

  channel.onMessage((message) => {
    if (!isRpcMessage(message)) return;
    if (message.kind === 'event') {
      for (const listener of listeners.get(message.name) ?? []) listener(message.data as never);
    } else if (message.kind === 'result') {
      pending.get(message.id)?.resolve(message.result);
    } else if (message.kind === 'error') {
      pending.get(message.id)?.reject(errorOf(message.error));
    }
  });
  const close = (error: ToolError): void => {
    closed ??= error;
    for (const call of [...pending.values()]) call.reject(closed);
  };
  channel.onClose((reason) => close(closedError(reason)));

  return {
    dispose: () => close(disposedError()),
    call(name, params, { signal, timeoutMs } = {}) {
      return new Promise((resolve, reject) => {
        if (closed || signal?.aborted) {
          reject(closed ?? cancelledError());
          return;
        }
        const id = nextId++;
        const cancel = (): void => channel.send({ kind: 'cancel', id } satisfies RpcMessage);
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(() => {
                settle();
                cancel();
                reject(
                  engineError(
                    'timeout',
                    `The engine did not answer '${name}' in ${timeoutMs} ms.`,
                    'Try again.',
                  ),
                );
              }, timeoutMs);
        const settle = (): void => {
          pending.delete(id);
          if (timer !== undefined) clearTimeout(timer);
          signal?.removeEventListener('abort', cancel);
        };
        pending.set(id, {
          resolve: (result) => {
            settle();
            resolve(result);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        });
        signal?.addEventListener('abort', cancel, { once: true });
        channel.send({ kind: 'call', id, name, params } satisfies RpcMessage);
      });
    },
    onEvent(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener);
      return () => set.delete(listener);
    },
  };
}

/** A reply is a reply even where its error cannot be read: the call must settle. */
const errorOf = (data: unknown): ToolError =>
  isErrorData(data)
    ? ToolError.fromData(data)
    : engineError('bad-reply', 'The engine sent an error that cannot be read.', 'Reload: versions differ.');

const closedError = (reason: string): ToolError =>
  engineError('engine-gone', `The engine ended: ${reason}.`, 'Nothing computed is lost: resume the run.');

const disposedError = (): ToolError =>
  new ToolError('cancelled', 'disposed', 'The caller let go of the engine.', 'Nothing is to be done.');

/** Why a handler's signal is aborted where nobody cancelled: whoever called is there no more. */
const CALLER_GONE = engineError('caller-gone', 'The program that drives the engine has ended.', 'Resume.');
export const isCallerGone = ({ reason }: AbortSignal): boolean => reason === CALLER_GONE;

export interface CallContext<E> {
  /** Aborted by a cancel, or when the channel closes: see `isCallerGone`. */
  readonly signal: AbortSignal;
  emit<K extends keyof E & string>(name: K, data: E[K]): void;
}

export type Handlers<C extends Calls<C>, E> = {
  [K in keyof C]: (params: C[K]['params'], context: CallContext<E>) => Promise<C[K]['result']>;
};

/** Answers calls on `channel`; a handler's error goes back to the caller as data, never as a crash. */
export function serveRpc<C extends Calls<C>, E>(channel: Channel, handlers: Handlers<C, E>): void {
  const running = new Map<number, AbortController>();
  const emit: CallContext<E>['emit'] = (name, data) =>
    channel.send({ kind: 'event', name, data } satisfies RpcMessage);

  channel.onMessage((message) => {
    if (!isRpcMessage(message)) return;
    if (message.kind === 'cancel') running.get(message.id)?.abort();
    if (message.kind !== 'call') return;
    const { id, name, params } = message;
    const controller = new AbortController();
    running.set(id, controller);
    void answer(name, params, { signal: controller.signal, emit })
      .then(
        (result) => channel.send({ kind: 'result', id, result } satisfies RpcMessage),
        (error: unknown) =>
          channel.send({ kind: 'error', id, error: ToolError.from(error).toData() } satisfies RpcMessage),
      )
      .finally(() => running.delete(id));
  });
  channel.onClose(() => {
    for (const controller of running.values()) controller.abort(CALLER_GONE);
  });

  async function answer(name: string, params: unknown, context: CallContext<E>): Promise<unknown> {
    if (!Object.hasOwn(handlers, name)) {
      throw engineError(
        'unknown-call',
        `The engine has no call '${name}'.`,
        'Reload the window: versions differ.',
      );
    }
    return handlers[name as keyof C](params, context);
  }
}
