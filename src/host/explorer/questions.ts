/** What one page has asked and still waits for: each question is answered, refused or cancelled. */
import { ToolError } from '../../protocol/errors';
import type { ToHost, ToWebview } from '../../protocol/explorer/messages';

export interface QuestionsParts {
  readonly answer: (name: string, params: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly send: (message: ToWebview) => void;
  readonly refused: (error: ToolError) => void;
}

export class Questions {
  readonly #open = new Map<number, AbortController>();

  constructor(private readonly parts: QuestionsParts) {}

  async ask({ id, name, params }: Extract<ToHost, { type: 'ask' }>): Promise<void> {
    const { answer, send, refused } = this.parts;
    // A page counts up; one that says a number twice means the newer question.
    this.cancel(id);
    const asked = new AbortController();
    this.#open.set(id, asked);
    try {
      const value = await answer(name, params, asked.signal);
      if (!asked.signal.aborted) send({ type: 'answer', id, value });
    } catch (thrown) {
      if (asked.signal.aborted) return;
      const error = ToolError.from(thrown);
      refused(error);
      send({ type: 'refused', id, message: error.message, mend: error.mend });
    } finally {
      if (this.#open.get(id) === asked) this.#open.delete(id);
    }
  }

  cancel(id: number): void {
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }

  cancelAll(): void {
    for (const id of [...this.#open.keys()]) this.cancel(id);
  }
}
