import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Debouncer } from '../../../src/host/debouncer';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for rest, but not for ever', () => {
  const work = vi.fn<() => void>();
  const debouncer = new Debouncer(work, 300, 2000);
  debouncer.call();
  vi.advanceTimersByTime(299);
  debouncer.call();
  vi.advanceTimersByTime(299);
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledTimes(1);

  // Calls every 100 ms for 10 s: about one in two seconds gets through.
  for (let i = 0; i < 100; i++) {
    debouncer.call();
    vi.advanceTimersByTime(100);
  }
  expect(work.mock.calls.length).toBeGreaterThanOrEqual(5);
  expect(work.mock.calls.length).toBeLessThanOrEqual(7);
  debouncer.call(0);
  vi.advanceTimersByTime(0);
  const before = work.mock.calls.length;
  debouncer.call();
  debouncer.dispose();
  vi.advanceTimersByTime(5000);
  expect(work).toHaveBeenCalledTimes(before);
});
