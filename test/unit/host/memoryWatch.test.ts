import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryWatch, type Memory } from '../../../src/host/memoryWatch';

const GIB = 2 ** 30;
const TOTAL = 16 * GIB;
/** A twentieth. */
const LIMIT = 0.8 * GIB;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch(available: readonly number[], totalBytes = TOTAL): (Memory | undefined)[] {
  const told: (Memory | undefined)[] = [];
  let look = 0;
  const read = (): Memory => ({ totalBytes, availableBytes: available[look++] ?? NaN });
  const watching = new MemoryWatch((low) => told.push(low), read);
  watching.start();
  vi.advanceTimersByTime(5_000 * (available.length - 1));
  expect(look).toBe(available.length);
  watching.stop();
  return told;
}

it('tells once that memory runs low, and once that there is enough again', () => {
  const told = watch([8 * GIB, LIMIT + 1, LIMIT - 1, LIMIT - 2, 1.4 * LIMIT, 1.6 * LIMIT, 2 * LIMIT]);
  expect(told).toEqual([{ totalBytes: TOTAL, availableBytes: LIMIT - 1 }, undefined]);
});

it('takes back what it said when the run ends', () => {
  expect(watch([0])).toEqual([{ totalBytes: TOTAL, availableBytes: 0 }, undefined]);
  expect(watch([8 * GIB])).toEqual([]);
});

it('leaves big machines one GiB, not a twentieth', () => {
  expect(watch([2 * GIB], 256 * GIB)).toEqual([]);
  expect(watch([GIB - 1], 256 * GIB)).toHaveLength(2);
});
