/**
 * Results that are worth keeping, the latest used ones. Whoever asks for one that is being made waits for the same
 * work, which stops when all of them have gone.
 */
export class Remembered<T> {
  readonly #entries = new Map<string, Entry<T>>();

  constructor(private readonly most: number) {}

  /** @throws what `make` throws; the signal's reason once it is aborted */
  async get(key: string, signal: AbortSignal, make: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const entry = this.#entries.get(key) ?? this.#begin(make);
    // The latest used one is last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#forgetOldest();
    entry.waiting++;
    let onAbort = (): void => undefined;
    const gone = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([entry.result, gone]);
    } catch (error) {
      // What failed, or is of use to nobody, is made anew when asked again.
      if (!signal.aborted || entry.waiting === 1) this.#drop(key, entry);
      throw error;
    } finally {
      entry.waiting--;
      signal.removeEventListener('abort', onAbort);
    }
  }

  #begin(make: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const work = new AbortController();
    const result = make(work.signal);
    // Those who wait hear of it; where all have gone, nobody does.
    result.catch(() => undefined);
    return { result, work, waiting: 0 };
  }

  #drop(key: string, entry: Entry<T>): void {
    entry.work.abort();
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #forgetOldest(): void {
    for (const [key, { waiting }] of this.#entries) {
      if (this.#entries.size <= this.most) return;
      if (waiting === 0) this.#entries.delete(key);
    }
  }
}

interface Entry<T> {
  readonly result: Promise<T>;
  readonly work: AbortController;
  waiting: number;
}
