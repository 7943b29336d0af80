import { describe, expect, it } from 'vitest';
import type { DatasetPreview, PreviewDatasetParams } from '../../../../src/protocol/engine';
import { PreviewCache } from '../../../../src/host/experimentFile/previewCache';

const params = (...path: string[]): PreviewDatasetParams => ({ path, baseDir: '/w' });

function world() {
  const state = { nowMs: 0, stamp: 'a', asked: 0, atOnce: 0, mostAtOnce: 0, fails: false };
  const cache = new PreviewCache({
    now: () => state.nowMs,
    stamp: () => Promise.resolve(state.stamp),
    async ask({ path }) {
      state.asked++;
      state.mostAtOnce = Math.max(state.mostAtOnce, ++state.atOnce);
      await new Promise((resolve) => setTimeout(resolve, 1));
      state.atOnce--;
      if (state.fails) throw new Error('no');
      return { files: path, rows: state.asked } as unknown as DatasetPreview;
    },
  });
  return { state, cache };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the cache of previews', () => {
  it('asks once while the files stay as they are, and again when one has changed', async () => {
    const { state, cache } = world();
    expect((await cache.get(params('a.csv'))).rows).toBe(1);
    await settle();
    state.nowMs = 60_000;
    expect((await cache.get(params('a.csv'))).rows).toBe(1);
    state.stamp = 'b';
    expect((await cache.get(params('a.csv'))).rows).toBe(2);
  });

  it('looks again for files that a glob may have won', async () => {
    const { state, cache } = world();
    await cache.get(params('*.csv'));
    await settle();
    state.nowMs = 60_000;
    expect((await cache.get(params('*.csv'))).rows).toBe(2);
  });

  it('keeps an error for a moment only', async () => {
    const { state, cache } = world();
    state.fails = true;
    await expect(cache.get(params('a.csv'))).rejects.toThrow('no');
    await expect(cache.get(params('a.csv'))).rejects.toThrow('no');
    expect(state.asked).toBe(1);
    state.fails = false;
    state.nowMs = 3_000;
    expect((await cache.get(params('a.csv'))).rows).toBe(2);
  });

  it('asks for one dataset at a time, and for the same one once', async () => {
    const { state, cache } = world();
    await Promise.all(['a', 'b', 'c', 'a'].map((one) => cache.get(params(one))));
    expect(state).toMatchObject({ asked: 3, mostAtOnce: 1 });
  });

  it('does not grow without end', async () => {
    const { state, cache } = world();
    for (let i = 0; i < 70; i++) await cache.get(params(String(i)));
    await cache.get(params('0'));
    expect(state.asked).toBe(71);
  });
});
