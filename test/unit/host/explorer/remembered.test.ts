import { describe, expect, it } from 'vitest';
import { Remembered } from '../../../../src/host/explorer/remembered';

const open = (): AbortController => new AbortController();

/** Work that ends when told to, and knows whether it was stopped. */
function work(): {
  make: (signal: AbortSignal) => Promise<string>;
  end: (result: string) => void;
  fail: (error: Error) => void;
  signals: AbortSignal[];
} {
  let end: (result: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const signals: AbortSignal[] = [];
  const make = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
  };
  return { make, end: (result) => end(result), fail: (error) => fail(error), signals };
}

describe('remembered results', () => {
  it('are made once for all who ask, while it is made and after', async () => {
    const { make, end, signals } = work();
    const kept = new Remembered<string>(4);
    const both = [kept.get('a', open().signal, make), kept.get('a', open().signal, make)];
    end('made');
    expect(await Promise.all(both)).toEqual(['made', 'made']);
    expect(await kept.get('a', open().signal, make)).toBe('made');
    expect(signals).toHaveLength(1);
  });

  it('go on being made while one still waits, and stop when nobody does', async () => {
    const { make, signals } = work();
    const kept = new Remembered<string>(4);
    const [first, second] = [open(), open()];
    const asked = [kept.get('a', first.signal, make), kept.get('a', second.signal, make)];
    first.abort();
    await expect(asked[0]).rejects.toMatchObject({ name: 'AbortError' });
    expect(signals[0]?.aborted).toBe(false);
    second.abort();
    await expect(asked[1]).rejects.toMatchObject({ name: 'AbortError' });
    expect(signals[0]?.aborted).toBe(true);
    void kept.get('a', open().signal, make);
    expect(signals).toHaveLength(2);
  });

  it('are not kept where they failed', async () => {
    const { make, fail, signals } = work();
    const kept = new Remembered<string>(4);
    const asked = kept.get('a', open().signal, make);
    fail(new Error('no'));
    await expect(asked).rejects.toThrow('no');
    void kept.get('a', open().signal, make);
    expect(signals).toHaveLength(2);
  });

  it('are the ones used last', async () => {
    const made: string[] = [];
    const kept = new Remembered<string>(2);
    const get = (key: string): Promise<string> =>
      kept.get(key, open().signal, () => {
        made.push(key);
        return Promise.resolve(key);
      });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });
});
