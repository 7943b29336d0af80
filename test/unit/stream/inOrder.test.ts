import { describe, expect, it } from 'vitest';

import { inOrder } from '../../../src/engine/stream/inOrder';

const items = [0, 1, 2, 3, 4, 5, 6];
const soon = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('work side by side', () => {
  it.each([1, 2, 3])('%i at a time is finished in the order of the items', async (width) => {
    const finished: string[] = [];
    const slots = new Set<number>();
    let underWay = 0;
    await inOrder(
      width,
      items,
      async (item, slot) => {
        expect(slots.has(slot)).toBe(false);
        slots.add(slot);
        expect(++underWay).toBeLessThanOrEqual(width);
        await soon(item % 2 === 0 ? 5 : 0);
        return { text: `${item}!`, slot };
      },
      async (item, { text, slot }) => {
        await soon(1);
        finished.push(`${item} ${text}`);
        slots.delete(slot);
        underWay--;
      },
    );
    expect(finished).toEqual(items.map((item) => `${item} ${item}!`));
  });

  it('rejects with the first failure once all that was started has ended', async () => {
    const ended: number[] = [];
    const start = async (item: number): Promise<void> => {
      await soon(item === 3 ? 20 : 1);
      ended.push(item);
      if (item === 2) throw new Error('two');
    };
    await expect(inOrder(2, items, start, () => Promise.resolve())).rejects.toThrow('two');
    expect(ended).toEqual([0, 1, 2, 3]);
  });

  it('starts nothing after what `finish` refuses', async () => {
    const started: number[] = [];
    const start = (item: number): Promise<void> => {
      started.push(item);
      return Promise.resolve();
    };
    const finish = (item: number): Promise<void> =>
      item === 1 ? Promise.reject(new Error('cancelled')) : Promise.resolve();
    await expect(inOrder(2, items, start, finish)).rejects.toThrow('cancelled');
    expect(started).toEqual([0, 1, 2]);
  });
});
