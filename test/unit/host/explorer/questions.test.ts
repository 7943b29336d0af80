import { describe, expect, it } from 'vitest';
import { Questions } from '../../../../src/host/explorer/questions';
import { inputError } from '../../../../src/protocol/errors';
import type { ToWebview } from '../../../../src/protocol/explorer/messages';

function setUp(answer: (name: string, signal: AbortSignal) => Promise<unknown>): {
  questions: Questions;
  sent: ToWebview[];
  codes: string[];
} {
  const sent: ToWebview[] = [];
  const codes: string[] = [];
  const questions = new Questions({
    answer: (name, _, signal) => answer(name, signal),
    send: (message) => sent.push(message),
    refused: ({ code }) => codes.push(code),
  });
  return { questions, sent, codes };
}

const ask = (id: number, name = 'overlap'): { type: 'ask'; id: number; name: string; params: unknown } => ({
  type: 'ask',
  id,
  name,
  params: {},
});

/** Ends with the signal alone. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('questions of a page', () => {
  it('are answered under their number', async () => {
    const { questions, sent } = setUp((name) => Promise.resolve(name.length));
    await Promise.all([questions.ask(ask(1, 'a')), questions.ask(ask(2, 'bb'))]);
    expect(sent).toEqual([
      { type: 'answer', id: 1, value: 1 },
      { type: 'answer', id: 2, value: 2 },
    ]);
  });

  it('are refused with what is wrong and how to mend it', async () => {
    const { questions, sent, codes } = setUp(() =>
      Promise.reject(inputError('gone', 'It is gone.', 'Look.')),
    );
    await questions.ask(ask(3));
    expect(sent).toEqual([{ type: 'refused', id: 3, message: 'It is gone.', mend: 'Look.' }]);
    expect(codes).toEqual(['gone']);
  });

  it('stop when cancelled, and nothing is sent', async () => {
    const { questions, sent, codes } = setUp((_, signal) => untilAborted(signal));
    const asked = [questions.ask(ask(1)), questions.ask(ask(2))];
    questions.cancel(1);
    await asked[0];
    questions.cancelAll();
    await asked[1];
    expect({ sent, codes }).toEqual({ sent: [], codes: [] });
  });
});
