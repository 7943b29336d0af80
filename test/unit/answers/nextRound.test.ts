import { describe, expect, it } from 'vitest';
import { nextRound } from '../../../src/engine/answers/nextRound';

describe('how many prompts are asked next', () => {
  it.each([
    ['as many as are wanted, at first', { asked: 0, usable: 0, count: 12, total: 100 }, 12],
    ['no more than there are', { asked: 0, usable: 0, count: 12, total: 7 }, 7],
    ['none once there are enough', { asked: 20, usable: 12, count: 12, total: 100 }, 0],
    ['none once all were asked', { asked: 100, usable: 3, count: 12, total: 100 }, 0],
    // 10 missing at a share of 51/102.
    ['by the share that was usable', { asked: 100, usable: 50, count: 60, total: 1000 }, 20],
    ['at most as many again', { asked: 20, usable: 0, count: 20, total: 1000 }, 20],
    ['a few at least', { asked: 20, usable: 19, count: 20, total: 1000 }, 8],
    ['what is left', { asked: 95, usable: 10, count: 50, total: 100 }, 5],
  ])('%s', (_, state, size) => {
    expect(nextRound(state)).toBe(size);
  });

  it('comes to an end, whatever share is usable', () => {
    for (const every of [1, 2, 3, 50, Infinity]) {
      const state = { asked: 0, usable: 0, count: 128, total: 5000 };
      for (let rounds = 0; rounds < 50; rounds++) {
        const size = nextRound(state);
        if (size === 0) break;
        state.asked += size;
        state.usable = Math.floor(state.asked / every);
      }
      expect(state.usable >= state.count || state.asked === state.total).toBe(true);
      // Not far more than needed are asked.
      if (every < Infinity) expect(state.asked).toBeLessThanOrEqual(Math.min(5000, 2 * 128 * every + 8));
    }
  });
});
