import { expect, it } from 'vitest';
import { readAhead } from '../../../src/core/masks/readAhead';

it('asks for the next item before it hands out what it has, and for no item twice', async () => {
  const log: string[] = [];
  const read = (item: number): Promise<number> => {
    log.push(`read ${item}`);
    return Promise.resolve(10 * item);
  };
  for await (const [item, found] of readAhead([1, 2, 3], read)) log.push(`${item}: ${found}`);
  expect(log).toEqual(['read 1', 'read 2', '1: 10', 'read 3', '2: 20', '3: 30']);
});

it('hands on an error in its turn, and none that nobody waits for', async () => {
  const read = (item: number): Promise<number> =>
    item === 2 ? Promise.reject(new Error('no 2')) : Promise.resolve(item);
  const seen: number[] = [];
  const all = async (): Promise<void> => {
    for await (const [item] of readAhead([1, 2, 3], read)) seen.push(item);
  };
  await expect(all()).rejects.toThrow('no 2');
  expect(seen).toEqual([1]);
  for await (const [item] of readAhead([1, 2], read)) {
    seen.push(item);
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([1, 1]);
  expect((await readAhead([], read).next()).done).toBe(true);
});
