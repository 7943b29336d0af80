/**
 * Starts up to `width` pieces of work at a time and finishes them one by one in the order of the items, whichever is
 * through first: sums and files are the same bits whatever the timing. A slot is free again when its item is finished,
 * so memory named by slot is one item's at a time. When one fails nothing more is started, and the call rejects once
 * what is under way has ended: nobody writes to a closed file.
 */
export async function inOrder<Item, Result>(
  width: number,
  items: readonly Item[],
  start: (item: Item, slot: number) => Promise<Result>,
  finish: (item: Item, result: Result) => Promise<void>,
): Promise<void> {
  const underWay: Promise<Result>[] = [];
  let started = 0;
  try {
    for (const item of items) {
      while (started < items.length && underWay.length < width) {
        const next = start(items[started] as Item, started % width);
        // Whoever comes to it sees the failure: until then it is not an unhandled one.
        next.catch(() => undefined);
        underWay.push(next);
        started++;
      }
      const result = await (underWay[0] as Promise<Result>);
      await finish(item, result);
      void underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
