import { describe, expect, it } from 'vitest';
import { languageModelJudge, type ChatModel } from '../../../src/host/languageModelJudge';

const facts = { id: 'm-1', name: 'Some Model', vendor: 'someone', family: 'm', version: '1' };
const saying = (...parts: string[]): ChatModel['ask'] =>
  function ask() {
    return Promise.resolve(
      (async function* () {
        for (const part of parts) yield await Promise.resolve(part);
      })(),
    );
  };
const never = (): AbortSignal => new AbortController().signal;

describe('languageModelJudge', () => {
  it('reads one word, which may come in pieces, and nothing else', async () => {
    expect(await languageModelJudge({ ...facts, ask: saying('ref', 'use') }).judge('a', never())).toBe(
      'refuse',
    );
    expect(
      await languageModelJudge({ ...facts, ask: saying('I would say comply') }).judge('a', never()),
    ).toBeNull();
  });

  it('does not listen for ever', async () => {
    let pieces = 0;
    const ask: ChatModel['ask'] = () =>
      Promise.resolve(
        (async function* () {
          for (;;) {
            pieces++;
            yield await Promise.resolve('comply ');
          }
        })(),
      );
    expect(await languageModelJudge({ ...facts, ask }).judge('a', never())).toBeNull();
    expect(pieces).toBeLessThan(50);
  });

  it('shows the answer and keeps labels by model and prompt', async () => {
    let shown = '';
    const ask: ChatModel['ask'] = (text) => {
      shown = text;
      return saying('comply')(text, never());
    };
    const judge = languageModelJudge({ ...facts, ask });
    await judge.judge('the answer', never());
    expect(shown).toContain('the answer');
    expect(judge.settings).toMatchObject({ judge: 'vscode-lm', model: 'm-1', vendor: 'someone' });
  });

  it('says why the model did not answer, and is cancelled where the user cancels', async () => {
    const refusal = Object.assign(new Error('no'), { code: 'NoPermissions' });
    const ask: ChatModel['ask'] = () => Promise.reject(refusal);
    await expect(languageModelJudge({ ...facts, ask }).judge('a', never())).rejects.toMatchObject({
      code: 'judge-failed',
      mend: 'Allow its use when VS Code asks.',
    });
    await expect(languageModelJudge({ ...facts, ask }).judge('a', AbortSignal.abort())).rejects.toMatchObject(
      { kind: 'cancelled' },
    );
  });
});
