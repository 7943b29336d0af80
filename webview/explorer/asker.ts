/** What the page asks of the host: every question ends answered, refused or given up. */
import { ToolError } from '../../src/protocol/errors';
import type { ToHost, ToWebview } from '../../src/protocol/explorer/messages';
import { checkedAnswer, type Answer, type Params, type QueryName } from '../../src/protocol/explorer/queries';

type Reply = Extract<ToWebview, { type: 'answer' | 'refused' }>;

export class Asker {
  #last = 0;
  readonly #open = new Map<number, (reply: Reply) => void>();

  constructor(private readonly send: (message: ToHost) => void) {}

  /**
   * @param signal aborted where the answer is of no use any more: the host stops, and the promise is rejected
   * @throws ToolError what the host refuses, with its mend; the signal's reason
   */
  ask<N extends QueryName>(name: N, params: Params<N>, signal: AbortSignal): Promise<Answer<N>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const id = ++this.#last;
      const giveUp = (): void => {
        this.#open.delete(id);
        this.send({ type: 'cancel', id });
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#open.set(id, (reply) => {
        signal.removeEventListener('abort', giveUp);
        if (reply.type === 'refused') reject(refusal(reply));
        else settle(name, reply.value, resolve, reject);
      });
      this.send({ type: 'ask', id, name, params });
    });
  }

  /** An answer to a question that was given up is dropped. */
  receive(reply: Reply): void {
    const settled = this.#open.get(reply.id);
    this.#open.delete(reply.id);
    settled?.(reply);
  }
}

const refusal = ({ message, mend }: { message: string; mend: string }): ToolError =>
  new ToolError('input', 'refused', message, mend);

function settle<N extends QueryName>(
  name: N,
  value: unknown,
  resolve: (answer: Answer<N>) => void,
  reject: (error: Error) => void,
): void {
  const checked = checkedAnswer(name, value);
  if ('data' in checked) {
    resolve(checked.data);
    return;
  }
  const message = `The answer to '${name}' was not understood: ${checked.fault}.`;
  reject(refusal({ message, mend: 'Close this tab and open the run again.' }));
}
