/**
 * Items one by one with what `read` gives of them; the next one is asked for before the last is handed out, so that the
 * disk works while the processor does. Two are in memory at most.
 */
export async function* readAhead<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const begin = (item: T): { readonly item: T; readonly coming: Promise<R> } => {
    const coming = read(item);
    // Whoever stops in between awaits it no more.
    coming.catch(() => undefined);
    return { item, coming };
  };
  const [first, ...others] = items;
  if (first === undefined) return;
  let next = begin(first);
  for (const other of others) {
    const found = await next.coming;
    const { item } = next;
    next = begin(other);
    yield [item, found];
  }
  yield [next.item, await next.coming];
}
